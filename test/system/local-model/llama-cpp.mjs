/**
 * An HTTP server around llama.cpp, in a process of its own: the parts of llama.cpp's server that the gateway asks for, and
 * those by which a test sees what the model does. https://github.com/ggml-org/llama.cpp/tree/master/tools/server
 *
 * node llama-cpp.mjs FOLDER MODEL, where node-llama-cpp is installed in FOLDER; prints its port.
 */
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, modelPath] = process.argv.slice(2);
const entry = join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  maxThreads: 1,
  logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({ modelPath });
const embedder = await model.createEmbeddingContext();

/** What is being generated, and what was. */
const slots = [];

const ROUTES = {
  'POST /v1/chat/completions': chat,
  'POST /v1/embeddings': embeddings,
  'GET /v1/models': () => ({ object: 'list', data: [{ id: 'tiny-llama', object: 'model' }] }),
  'GET /slots': () => slots,
  'POST /apply-template': ({ messages }) => ({ prompt: templated(messages) }),
  'POST /tokenize': ({ content }) => ({ tokens: model.tokenize(content) }),
};

const server = createServer((request, response) => {
  void answer(request, response).catch((error) => {
    if (!response.headersSent)
      send(response, 500, { error: { message: String(error), type: 'server_error' } });
    response.destroy();
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

async function answer(request, response) {
  const route = ROUTES[`${request.method} ${request.url}`];
  if (!route) return send(response, 404, { error: { message: 'File Not Found', type: 'not_found_error' } });
  const chunks = await request.toArray();
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const answered = await route(body, response);
  if (answered !== undefined) send(response, 200, answered);
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function chat(body, response) {
  const { messages, stream = false, stream_options: options } = body;
  const prompt = [model.tokens.bos, ...model.tokenize(templated(messages))];
  const slot = { id: slots.length, is_processing: true, n_decoded: 0 };
  slots.push(slot);
  const write = stream ? eventWriter(response) : () => {};
  try {
    write({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] });
    let text = '';
    const finish_reason = await generate(prompt, body, slot, response, (piece) => {
      text += piece;
      write({ choices: [{ index: 0, delta: { content: piece }, finish_reason: null }] });
    });
    const usage = {
      prompt_tokens: prompt.length,
      completion_tokens: slot.n_decoded,
      total_tokens: prompt.length + slot.n_decoded,
    };
    if (!stream) {
      const message = { role: 'assistant', content: text };
      return { ...named('chat.completion'), choices: [{ index: 0, message, finish_reason }], usage };
    }
    write({ choices: [{ index: 0, delta: {}, finish_reason }] });
    if (options?.include_usage) write({ choices: [], usage });
    response.end('data: [DONE]\n\n');
    return undefined;
  } finally {
    slot.is_processing = false;
  }
}

/** Until the model ends, the bound is reached, or nobody listens any longer. */
async function generate(prompt, { max_tokens, max_completion_tokens }, slot, response, onText) {
  const most = max_tokens ?? max_completion_tokens ?? Infinity;
  const context = await model.createContext({ sequences: 1, threads: 1 });
  let unwritten = [];
  let written = prompt;
  try {
    for await (const token of context.getSequence().evaluate(prompt, { temperature: 0 })) {
      if (response.destroyed) return 'stop';
      slot.n_decoded++;
      unwritten.push(token);
      const text = model.detokenize(unwritten, false, written);
      // A character may be cut into its bytes.
      if (!text.endsWith('\ufffd')) {
        onText(text);
        written = unwritten;
        unwritten = [];
      }
      if (slot.n_decoded >= most) return 'length';
    }
    return 'stop';
  } finally {
    await context.dispose();
  }
}

function eventWriter(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const id = named('chat.completion.chunk');
  return (event) => response.write(`data: ${JSON.stringify({ ...id, ...event })}\n\n`);
}

function named(object) {
  return { id: 'chatcmpl-tiny', object, created: Math.floor(Date.now() / 1_000), model: 'tiny-llama' };
}

async function embeddings({ input, encoding_format: format = 'float' }) {
  const texts = [input].flat();
  const data = [];
  for (const [index, text] of texts.entries()) {
    const { vector } = await embedder.getEmbeddingFor(text);
    const base64 = () => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
    data.push({ object: 'embedding', index, embedding: format === 'base64' ? base64() : vector });
  }
  const tokens = texts.reduce((sum, text) => sum + model.tokenize(text).length, 0);
  return {
    object: 'list',
    model: 'tiny-llama',
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function templated(messages) {
  return messages.map(({ role, content }) => `${role}: ${textOf(content)}`).join('\n');
}

function textOf(content) {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}

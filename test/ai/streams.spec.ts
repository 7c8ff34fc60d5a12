import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { type ProviderAnswer, stream } from './provider-server.js';
import {
  anthropicError,
  anthropicStream,
  anthropicStreamStart,
  anthropicStreamText,
  geminiStream,
  openAiStream,
  openAiStreamStart,
  openAiStreamText,
  openAiToolStream,
} from './wire-shapes.js';

const TIMEOUTS = { first_token: 1, between_tokens: 0.4, total: 20 };

let gateway: AiGateway;

beforeAll(async () => {
  gateway = await startAiGateway({}, [], {
    openai: { timeouts: TIMEOUTS },
    anthropic: { timeouts: TIMEOUTS },
    gemini: { timeouts: TIMEOUTS },
  });
  await gateway.addModel('both', ['openai/x', 'anthropic/y']);
});
afterAll(() => gateway?.stop());

const OPENAI_HALF = openAiStreamStart + openAiStreamText.split('\n\n').slice(0, 1).join('') + '\n\n';
const ANTHROPIC_HALF = anthropicStreamStart + anthropicStreamText;
const GEMINI_HALF = geminiStream.slice(0, geminiStream.indexOf('\r\n\r\n') + 4);

/** Half a stream, and then whatever comes. */
const half =
  (text: string, then: 'end' | 'break' | 'silence'): ProviderAnswer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text);
    if (then === 'end') response.end();
    if (then === 'break') setTimeout(() => response.destroy(), 30);
  };

const asks = {
  openai: ['/ai/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], stream: true }],
  responses: ['/ai/v1/responses', { input: 'Hi', stream: true }],
  anthropic: [
    '/ai/v1/messages',
    { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], stream: true },
  ],
} as const;

const ask = (dialect: keyof typeof asks, model: string) =>
  gateway.post(asks[dialect][0], { model, ...asks[dialect][1] });
const askGemini = (model: string) =>
  gateway.post(`/ai/v1beta/models/${model}:streamGenerateContent?alt=sse`, {
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  });

describe('a stream that fails after something was said', () => {
  const ways = ['end', 'break', 'silence'] as const;

  it.each(ways)('by %s is told of as OpenAI has it, and nobody else is asked', async (way) => {
    gateway.openai.reset(half(OPENAI_HALF, way));
    gateway.anthropic.reset(stream(anthropicStream));
    const got = await ask('openai', 'both');
    const text = await got.text();
    expect(text.startsWith(OPENAI_HALF)).toBe(true);
    expect(text.slice(OPENAI_HALF.length)).toMatch(
      /^data: {"error":{.*"upstream_(stream_cut|timeout)".*}\n\n/,
    );
    expect(gateway.anthropic.requests).toHaveLength(0);
  });

  it.each(ways)('by %s is told of as Anthropic has it', async (way) => {
    gateway.anthropic.reset(half(ANTHROPIC_HALF, way));
    const text = await (await ask('anthropic', 'claude')).text();
    expect(text.startsWith(ANTHROPIC_HALF)).toBe(true);
    expect(text.slice(ANTHROPIC_HALF.length)).toMatch(/^event: error\ndata: {"type":"error",.*}\n\n$/);
  });

  it.each(ways)('by %s is told of as Gemini has it', async (way) => {
    gateway.gemini.reset(half(GEMINI_HALF, way));
    const text = await (await askGemini('flash')).text();
    expect(text.startsWith(GEMINI_HALF)).toBe(true);
    expect(text.slice(GEMINI_HALF.length)).toMatch(/^data: {"error":{"code":50[24],.*}\s*$/);
  });

  it.each([
    ['openai', 'claude', /data: {"error":{/],
    ['responses', 'claude', /event: (error|response\.failed)\ndata: /],
    ['anthropic', 'gpt', /event: error\ndata: {"type":"error"/],
  ] as const)('is told of in the dialect of the caller: %s of %s', async (dialect, model, told) => {
    gateway.anthropic.reset(half(ANTHROPIC_HALF, 'break'));
    gateway.openai.reset(half(OPENAI_HALF, 'break'));
    const text = await (await ask(dialect, model)).text();
    expect(text).toContain('Hel');
    expect(text).toMatch(told);
  });

  it('by an error of the provider’s own is passed on as it is', async () => {
    const error = `event: error\ndata: ${JSON.stringify(anthropicError('overloaded_error', 'Overloaded'))}\n\n`;
    gateway.anthropic.reset(stream(ANTHROPIC_HALF + error));
    expect(await (await ask('anthropic', 'claude')).text()).toBe(ANTHROPIC_HALF + error);
  });

  it('is an error to SDKs', async () => {
    gateway.openai.reset(half(OPENAI_HALF, 'break'));
    const openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: 'k', maxRetries: 0 });
    const events = await openai.chat.completions.create({ model: 'gpt', messages: [], stream: true });
    const read = async () => {
      for await (const _ of events);
    };
    await expect(read()).rejects.toThrow('broke its answer off');
    const anthropic = new Anthropic({ baseURL: `${gateway.url}/ai`, apiKey: 'k', maxRetries: 0 });
    const message = anthropic.messages.stream({
      model: 'gpt',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    await expect(message.finalMessage()).rejects.toThrow('broke its answer off');
  });
});

describe('a stream cut at every byte', () => {
  it.each([
    ['openai', 'claude', 'anthropic', anthropicStream],
    ['openai', 'flash', 'gemini', geminiStream],
    ['anthropic', 'gpt', 'openai', openAiStream],
    ['anthropic', 'flash', 'gemini', geminiStream],
    ['responses', 'claude', 'anthropic', anthropicStream],
  ] as const)('is the same to %s from %s', async (dialect, model, provider, bytes) => {
    const bodies = [];
    for (const size of [Infinity, 1]) {
      gateway[provider].reset(stream(bytes, size));
      bodies.push(await (await ask(dialect, model)).text());
    }
    const [together, apart] = bodies.map((text) =>
      text.replace(/"(id|item_id|created|created_at)":("[^"]*"|\d+)/g, ''),
    );
    expect(apart).toBe(together);
    expect(together).toContain('lo!');
  });

  it('has its tool calls whole', async () => {
    gateway.openai.reset(stream(openAiToolStream, 1));
    const anthropic = new Anthropic({ baseURL: `${gateway.url}/ai`, apiKey: 'k', maxRetries: 0 });
    const message = await anthropic.messages
      .stream({
        model: 'gpt',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Weather in Paris?' }],
        tools: [
          { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
        ],
      })
      .finalMessage();
    expect(message.content).toEqual([
      expect.objectContaining({ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }),
    ]);
    expect(message.stop_reason).toBe('tool_use');
  });
});

describe('a caller who goes away', () => {
  const until = async (met: () => boolean) => {
    for (let i = 0; i < 100 && !met(); i++) await sleep(20);
    expect(met()).toBe(true);
  };

  it('before the answer begins closes the connection to the provider', async () => {
    gateway.openai.reset(() => undefined);
    gateway.anthropic.reset(() => undefined);
    const gone = new AbortController();
    const got = fetch(`${gateway.url}/ai/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'both', messages: [{ role: 'user', content: 'Hi' }] }),
      signal: gone.signal,
    });
    await until(() => gateway.openai.requests.length === 1);
    gone.abort();
    await expect(got).rejects.toThrow();
    await until(() => gateway.openai.aborted === 1);
    expect(gateway.anthropic.requests).toHaveLength(0);
  });

  it('in the middle of a stream closes it', async () => {
    gateway.anthropic.reset(half(ANTHROPIC_HALF, 'silence'));
    const gone = new AbortController();
    const got = await fetch(`${gateway.url}/ai/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'claude', ...asks.openai[1] }),
      signal: gone.signal,
    });
    await got.body!.getReader().read();
    gone.abort();
    await until(() => gateway.anthropic.aborted === 1);
  });

  it('while it is still sending its request asks nobody', async () => {
    gateway.openai.reset(() => undefined);
    const sending = request(`${gateway.url}/ai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    });
    sending.on('error', () => undefined);
    sending.write('{"model":"gpt",');
    await once(sending, 'socket');
    await sleep(50);
    sending.destroy();
    await sleep(50);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it('who only reads slowly gets all of it', async () => {
    const text = 'x'.repeat(64 * 1_024);
    const chunk = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
    gateway.openai.reset((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < 200; i++) response.write(chunk);
      response.end('data: [DONE]\n\n');
    });
    const got = await ask('openai', 'gpt');
    const reader = got.body!.getReader();
    let bytes = (await reader.read()).value!.length;
    // Longer than the pause that a provider may make.
    await sleep(1_000);
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
    expect(bytes).toBe(200 * chunk.length + 'data: [DONE]\n\n'.length);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import pg from 'pg';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, stream } from './provider-server.js';
import { anthropicAnswer, geminiAnswer, openAiAnswer, openAiStream } from './wire-shapes.js';

const EMAIL = 'anna@example.org';
const KEY = 'callers-own-key';

let gateway: AiGateway;
let metricsPort: number;

/** A route of its own for the guardrails. */
async function guard(route: string, ...guardrails: object[]): Promise<void> {
  for (const one of guardrails) await gateway.add('ai-guardrails', one as Record<string, unknown>);
  const names = guardrails.map((one) => (one as { name: string }).name);
  // Nobody knows here who calls, and so whose files are named.
  const ai = { guardrails: names, foreign_files: 'allow' };
  await gateway.addRoute({ name: route, match: { paths: [`/${route}`] }, ai });
}

const openai = (route: string) =>
  new OpenAI({ baseURL: `${gateway.url}/${route}/v1`, apiKey: KEY, maxRetries: 2 });
const anthropic = (route: string) =>
  new Anthropic({ baseURL: `${gateway.url}/${route}`, apiKey: KEY, maxRetries: 2 });
const google = (route: string) =>
  new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: `${gateway.url}/${route}` } });

const user = (content: string) => [{ role: 'user' as const, content }];

/** A chat stream of OpenAI's that says these pieces. */
function saying(...pieces: string[]): string {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'gpt-5-mini',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`;
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`,
    'data: [DONE]\n\n',
  ].join('');
}

const whole = (content: string) =>
  json({
    ...openAiAnswer,
    choices: [{ ...openAiAnswer.choices[0], message: { role: 'assistant', content } }],
  });

/** Says again what the user said last. */
const echo: ProviderAnswer = (request, response) => {
  const { messages } = request.json as { messages: { content: string }[] };
  void whole(messages.at(-1)!.content)(request, response);
};

async function textOf(events: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const event of events) text += event.choices[0]?.delta.content ?? '';
  return text;
}

beforeAll(async () => {
  metricsPort = await freePort();
  gateway = await startAiGateway({
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    GATEHOUSE_USAGE_FLUSH_MS: '100',
  });
  await guard('mask', { name: 'mask-pii', type: 'pii', action: 'mask', on: 'request' });
  await guard('restore', {
    name: 'reversible',
    type: 'pii',
    action: 'mask',
    on: 'request',
    reversible: true,
  });
  await guard('block', { name: 'no-secrets', type: 'secrets', action: 'block' });
  await guard('answers', {
    name: 'pii-answers',
    type: 'pii',
    action: 'mask',
    on: 'answer',
    unreadable: 'allow',
  });
  await guard('words', {
    name: 'no-moon',
    type: 'words',
    action: 'block',
    settings: { words: ['blue moon'] },
    unreadable: 'allow',
  });
  await guard('flags', { name: 'noted', type: 'pii', action: 'flag' });
});
afterAll(() => gateway?.stop());

describe('a request', () => {
  it('is masked, and all else of it goes on byte for byte', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const body = `{"model":"gpt", "vendor_option" : {"a":1.0},"messages":[{"role":"user","content":"I am ${EMAIL}"}]}`;
    const response = await gateway.post('/mask/v1/chat/completions', body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(openAiAnswer);
    expect(gateway.openai.requests[0]!.body).toBe(
      body.replace('"gpt"', '"gpt-5-mini"').replace(EMAIL, '<EMAIL_1>'),
    );
  });

  it('without anything to be found goes on byte for byte, and so does the answer', async () => {
    gateway.openai.reset(stream(openAiStream));
    const body = `{"model":"gpt","stream":true,"stream_options":{"include_usage":true},"x":[1.50],"messages":[{"role":"user","content":"Hi \\u0041"}]}`;
    const response = await gateway.post('/mask/v1/chat/completions', body);
    expect(await response.text()).toBe(openAiStream);
    expect(gateway.openai.requests[0]!.body).toBe(body.replace('"gpt"', '"gpt-5-mini"'));
  });

  it('is masked wherever there is text, in every dialect', async () => {
    const args = JSON.stringify({ to: EMAIL });
    const tool = { name: 'mail', description: `mails ${EMAIL}` };
    gateway.openai.reset(json(openAiAnswer));
    await openai('mask').chat.completions.create({
      model: 'gpt',
      user: EMAIL,
      messages: [
        { role: 'system', content: `I am ${EMAIL}` },
        { role: 'user', name: 'x', content: [{ type: 'text', text: EMAIL }] },
        {
          role: 'assistant',
          tool_calls: [
            {
              id: 'c',
              type: 'function',
              function: { name: 'mail', arguments: args.replace('@', '\\u0040') },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'c', content: EMAIL },
      ],
      tools: [
        {
          type: 'function',
          function: { ...tool, parameters: { type: 'object', properties: { [EMAIL]: { type: 'string' } } } },
        },
      ],
    });
    await openai('mask')
      .responses.create({
        model: 'gpt',
        instructions: EMAIL,
        input: [
          { role: 'user', content: [{ type: 'input_text', text: EMAIL }] },
          { type: 'function_call_output', call_id: 'c', output: EMAIL },
        ],
      })
      .catch(() => undefined);
    gateway.anthropic.reset(json(anthropicAnswer));
    await anthropic('mask').messages.create({
      model: 'claude',
      max_tokens: 9,
      system: [{ type: 'text', text: EMAIL }],
      messages: [
        { role: 'user', content: EMAIL },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 't', name: 'mail', input: { to: EMAIL, [EMAIL]: 1 } }],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: EMAIL }] }],
        },
      ],
      tools: [{ ...tool, input_schema: { type: 'object' } }],
    });
    gateway.gemini.reset(json(geminiAnswer));
    await google('mask').models.generateContent({
      model: 'flash',
      contents: [
        { role: 'user', parts: [{ text: EMAIL }] },
        { role: 'model', parts: [{ functionCall: { name: 'mail', args: { to: EMAIL } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'mail', response: { output: EMAIL } } }] },
      ],
      config: { systemInstruction: EMAIL, tools: [{ functionDeclarations: [tool] }] },
    });
    for (const { requests } of [gateway.openai, gateway.anthropic, gateway.gemini]) {
      expect(requests.length).toBeGreaterThan(0);
      for (const { body } of requests) {
        expect(body).not.toMatch(/anna|\\u0040/);
        expect(body).toContain('<EMAIL_1>');
        expect(body).not.toContain('<EMAIL_2>');
      }
    }
  });

  it.each([
    ['/v1/embeddings', { input: ['a', EMAIL] }],
    ['/v1/completions', { prompt: EMAIL }],
    ['/v1/moderations', { input: [{ type: 'text', text: EMAIL }] }],
    ['/v1/images/generations', { prompt: `a portrait of ${EMAIL}` }],
    ['/v1/audio/speech', { input: EMAIL, voice: 'alloy' }],
  ])('that is no chat is masked, too: %s', async (path, body) => {
    gateway.openai.reset(json({ object: 'list', data: [] }));
    expect((await gateway.post(`/mask${path}`, { model: 'gpt', ...body })).status).toBe(200);
    expect(gateway.openai.requests[0]!.body).not.toContain('anna');
  });

  it('that is blocked is asked of nobody, nor by an SDK again', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const secret = `AKIA${'IOSFODNN7EXAMPLE'}`;
    const error = await openai('block')
      .chat.completions.create({ model: 'gpt', messages: user(`my key is ${secret}`) })
      .catch((thrown: unknown) => thrown as InstanceType<typeof OpenAI.APIError>);
    expect(error).toMatchObject({ status: 400, code: 'guardrail_blocked', param: 'messages[0].content' });
    expect((error as Error).message).toContain('no-secrets');
    expect(JSON.stringify(error)).not.toContain(secret);
    const response = await gateway.post('/block/v1/messages', {
      model: 'claude',
      max_tokens: 9,
      messages: user(secret),
    });
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', details: { error_code: 'guardrail_blocked' } },
    });
    const gemini = await gateway.post('/block/v1beta/models/flash:generateContent', {
      contents: [{ parts: [{ text: secret }] }],
    });
    expect(await gemini.json()).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
    expect(gateway.openai.requests).toEqual([]);
  });

  it.each([
    [
      'an image',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
          },
        ],
      },
      '/messages/0/content/0/image_url/url',
    ],
    [
      'a file',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      '/messages/0/content/0/file/file_id',
    ],
  ])('with what cannot be read is refused, or let through as it is set: %s', async (_, body, pointer) => {
    gateway.openai.reset(json(openAiAnswer));
    const refused = await gateway.post('/mask/v1/chat/completions', { model: 'gpt', ...body });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(pointer)]);
    expect((await gateway.post('/words/v1/chat/completions', { model: 'gpt', ...body })).status).toBe(200);
  });

  it('that is no UTF-8 is refused', async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"gpt","messages":[{"role":"user","content":"'),
      Buffer.from([0xc1, 0x80]),
      Buffer.from('"}]}'),
    ]);
    const response = await fetch(`${gateway.url}/mask/v1/chat/completions`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  it('with what is noted goes on as it is, and the caller is told by whom', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const response = await gateway.post('/flags/v1/chat/completions', {
      model: 'gpt',
      messages: user(EMAIL),
    });
    expect([response.status, response.headers.get('x-gatehouse-guardrails')]).toEqual([200, 'noted']);
    expect(gateway.openai.requests[0]!.body).toContain(EMAIL);
    const other = await gateway.post('/flags/v1/chat/completions', { model: 'gpt', messages: user('Hi') });
    expect(other.headers.get('x-gatehouse-guardrails')).toBeNull();
  });
});

describe('what was masked reversibly', () => {
  it('stands in the answer again, but for what the caller wrote like it', async () => {
    gateway.openai.reset(echo);
    const answer = await openai('restore').chat.completions.create({
      model: 'gpt',
      messages: [
        { role: 'system', content: 'Boss: chief@example.org' },
        ...user(`<EMAIL_1>? ${EMAIL}, tell <EMAIL_1>`),
      ],
    });
    expect(gateway.openai.requests[0]!.body).not.toMatch(/chief|anna/);
    expect(gateway.openai.requests[0]!.body).toContain('<EMAIL_1>? <EMAIL_3>, tell <EMAIL_1>');
    expect(answer.choices[0]!.message.content).toBe(`<EMAIL_1>? ${EMAIL}, tell <EMAIL_1>`);
  });

  it('stands in a stream again, split at every byte', async () => {
    gateway.openai.reset(stream(saying('Dear <EM', 'AIL_', '1>, dear <EMAIL_2', '>!'), 1));
    const events = await openai('restore').chat.completions.create({
      model: 'gpt',
      messages: user(EMAIL),
      stream: true,
    });
    expect(await textOf(events)).toBe(`Dear ${EMAIL}, dear <EMAIL_2>!`);
  });

  it('is not put back where nobody knows how a stream is made: it is passed through', async () => {
    const chunk =
      'data: {"id":"c","object":"text_completion","choices":[{"index":0,"text":"Dear <EMAIL_1>"}]}\n\n';
    gateway.openai.reset(stream(`${chunk}data: [DONE]\n\n`));
    const body = { model: 'gpt', prompt: EMAIL, stream: true };
    const response = await gateway.post('/restore/v1/completions', body);
    expect(await response.text()).toBe(`${chunk}data: [DONE]\n\n`);
    expect(gateway.openai.requests[0]!.body).not.toContain('anna');
  });

  it('of a stream that cannot be written anew is refused before anybody is asked', async () => {
    gateway.openai.reset(stream(openAiStream));
    const body = { model: 'gpt', stream: true, messages: EMAIL };
    const response = await gateway.post('/restore/v1/chat/completions', body);
    expect(response.status).toBe(400);
    expect(gateway.openai.requests).toEqual([]);
  });

  it('stands in arguments of tools as JSON has it', async () => {
    const odd = '+49 30\t901820';
    const call = { id: 'c', type: 'function', function: { name: 'dial', arguments: '{"to":"<PHONE_1>"}' } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    gateway.openai.reset(
      json({ ...openAiAnswer, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }),
    );
    const answer = await openai('restore').chat.completions.create({ model: 'gpt', messages: user(odd) });
    const [called] = answer.choices[0]!.message.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[];
    expect(JSON.parse(called!.function.arguments)).toEqual({ to: odd });
    gateway.anthropic.reset(
      stream(
        [
          ['message_start', { message: { ...anthropicAnswer, content: [], stop_reason: null } }],
          [
            'content_block_start',
            { index: 0, content_block: { type: 'tool_use', id: 't', name: 'dial', input: {} } },
          ],
          [
            'content_block_delta',
            { index: 0, delta: { type: 'input_json_delta', partial_json: '{"to":"<PHO' } },
          ],
          ['content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: 'NE_1>"}' } }],
          ['content_block_stop', { index: 0 }],
          ['message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } }],
          ['message_stop', {}],
        ]
          .map(
            ([type, more]) =>
              `event: ${type as string}\ndata: ${JSON.stringify({ type, ...(more as object) })}\n\n`,
          )
          .join(''),
      ),
    );
    const final = await anthropic('restore')
      .messages.stream({ model: 'claude', max_tokens: 9, messages: user(odd) })
      .finalMessage();
    expect(final.content).toMatchObject([{ type: 'tool_use', input: { to: odd } }]);
  });
});

describe('an answer', () => {
  const masked = 'ask <EMAIL_1> or <PHONE_1>';
  const said = ['ask anna@ex', 'ample.o', 'rg or +49 30 90', '1820'];

  it('is masked, and nothing else of it is lost', async () => {
    const rich = {
      ...openAiAnswer,
      system_fingerprint: 'fp_1',
      vendor: { of: 'this' },
      choices: [
        {
          ...openAiAnswer.choices[0],
          message: {
            role: 'assistant',
            content: said.join(''),
            annotations: [
              {
                type: 'url_citation',
                url_citation: {
                  url: 'https://example.org',
                  title: `by ${EMAIL}`,
                  start_index: 0,
                  end_index: 1,
                },
              },
            ],
          },
        },
      ],
    };
    gateway.openai.reset(json(rich));
    const response = await gateway.post('/answers/v1/chat/completions', {
      model: 'gpt',
      messages: user('Hi'),
    });
    expect(await response.text()).toBe(
      JSON.stringify(rich).replace(said.join(''), masked).replace(`by ${EMAIL}`, 'by <EMAIL_1>'),
    );
    expect(Number(response.headers.get('x-gatehouse-cost'))).toBeGreaterThan(0);
  });

  it.each([1, 7, Infinity])('that is streamed is masked however it is cut: %s bytes', async (size) => {
    gateway.openai.reset(stream(saying(...said), size));
    const events = await openai('answers').chat.completions.create({
      model: 'gpt',
      messages: user('Hi'),
      stream: true,
    });
    expect(await textOf(events)).toBe(masked);
  });

  it('of any dialect that is streamed to any SDK is masked, and keeps what it used', async () => {
    const text = said.join('');
    gateway.anthropic.reset(
      stream(
        [
          ['message_start', { message: { ...anthropicAnswer, content: [], stop_reason: null } }],
          [
            'content_block_start',
            { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
          ],
          ['content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: `hm, ${EMAIL}` } }],
          ['content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }],
          ['content_block_stop', { index: 0 }],
          ['content_block_start', { index: 1, content_block: { type: 'text', text: '' } }],
          ...said.map((piece) => [
            'content_block_delta',
            { index: 1, delta: { type: 'text_delta', text: piece } },
          ]),
          ['content_block_stop', { index: 1 }],
          [
            'content_block_start',
            { index: 2, content_block: { type: 'tool_use', id: 't', name: 'mail', input: {} } },
          ],
          [
            'content_block_delta',
            { index: 2, delta: { type: 'input_json_delta', partial_json: `{"to":"anna\\u0040` } },
          ],
          [
            'content_block_delta',
            { index: 2, delta: { type: 'input_json_delta', partial_json: `example.org"}` } },
          ],
          ['content_block_stop', { index: 2 }],
          ['message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } }],
          ['message_stop', {}],
        ]
          .map(
            ([type, more]) =>
              `event: ${type as string}\ndata: ${JSON.stringify({ type, ...(more as object) })}\n\n`,
          )
          .join(''),
        5,
      ),
    );
    const final = await anthropic('answers')
      .messages.stream({ model: 'claude', max_tokens: 9, messages: user('Hi') })
      .finalMessage();
    expect(final.content).toMatchObject([
      { type: 'thinking', thinking: 'hm, <EMAIL_1>' },
      { type: 'text', text: masked },
      { type: 'tool_use', id: 't', name: 'mail', input: { to: '<EMAIL_1>' } },
    ]);
    expect([final.stop_reason, final.usage.output_tokens, final.usage.input_tokens]).toEqual([
      'tool_use',
      3,
      9,
    ]);

    const chunk = (parts: object[], more = {}) =>
      `data: ${JSON.stringify({ ...geminiAnswer, candidates: [{ content: { role: 'model', parts }, index: 0, ...more }] })}\r\n\r\n`;
    gateway.gemini.reset(
      stream(
        [
          ...said.map((piece) => chunk([{ text: piece }])),
          chunk([{ functionCall: { name: 'mail', args: { to: EMAIL } } }], { finishReason: 'STOP' }),
        ].join(''),
      ),
    );
    let google_ = '';
    const calls: unknown[] = [];
    for await (const one of await google('answers').models.generateContentStream({
      model: 'flash',
      contents: 'Hi',
    })) {
      google_ += one.text ?? '';
      calls.push(...(one.functionCalls ?? []));
    }
    expect([google_, calls]).toEqual([
      masked,
      [expect.objectContaining({ name: 'mail', args: { to: '<EMAIL_1>' } })],
    ]);

    gateway.openai.reset(stream(saying(...said)));
    const converted = await anthropic('answers')
      .messages.stream({ model: 'gpt', max_tokens: 9, messages: user('Hi') })
      .finalText();
    expect(converted).toBe(masked);
    expect(text).not.toBe(masked);
  });

  it('is blocked as a whole', async () => {
    gateway.openai.reset(whole('once in a Blue Moon'));
    const error = await openai('words')
      .chat.completions.create({ model: 'gpt', messages: user('Hi') })
      .catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ status: 400, code: 'guardrail_blocked' });
    expect((error as Error).message).not.toContain('Moon');
    expect(gateway.openai.requests).toHaveLength(1);
  });

  it('is ended in the middle of a stream, before what is minded, by an error of the dialect', async () => {
    const pieces = ['x '.repeat(200), 'once in a bl', 'ue mo', 'on ', 'y '.repeat(300)];
    gateway.openai.reset(stream(saying(...pieces), 50));
    const events = await openai('words').chat.completions.create({
      model: 'gpt',
      messages: user('Hi'),
      stream: true,
    });
    let text = '';
    await expect(
      (async () => {
        for await (const event of events) text += event.choices[0]?.delta.content ?? '';
      })(),
    ).rejects.toMatchObject({ code: 'guardrail_blocked' });
    expect(text).toContain('x x');
    expect(text).not.toMatch(/blue|y/);

    gateway.openai.reset(stream(saying(...pieces), 50));
    const other = anthropic('words').messages.stream({ model: 'gpt', max_tokens: 9, messages: user('Hi') });
    await expect(other.finalText()).rejects.toMatchObject({
      error: { error: { details: { error_code: 'guardrail_blocked' } } },
    });
  });

  it('that is streamed is not held back for longer than it is set', async () => {
    const bytes = saying('Hello there', '!');
    const cut = bytes.indexOf('data:', bytes.indexOf('Hello there'));
    let go: () => void;
    const seen = new Promise<void>((resolve) => (go = resolve));
    gateway.openai.reset(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(bytes.slice(0, cut));
      await seen;
      response.end(bytes.slice(cut));
    });
    const events = await openai('words').chat.completions.create({
      model: 'gpt',
      messages: user('Hi'),
      stream: true,
    });
    const texts: string[] = [];
    for await (const event of events) {
      const text = event.choices[0]?.delta.content ?? '';
      if (text === 'Hello there') go!();
      if (text !== '') texts.push(text);
    }
    expect(texts).toEqual(['Hello there', '!']);
  });

  it.each([
    ['the likelihood of tokens', '/v1/chat/completions', { messages: user('Hi'), logprobs: true }],
    [
      'a stream of sound',
      '/v1/chat/completions',
      {
        messages: user('Hi'),
        stream: true,
        modalities: ['audio', 'text'],
        audio: { voice: 'alloy', format: 'pcm16' },
      },
    ],
    ['a stream that is no chat', '/v1/completions', { prompt: 'Hi', stream: true }],
  ])('that could not be looked at is not asked for: %s', async (_, path, body) => {
    gateway.openai.reset(json(openAiAnswer));
    const response = await gateway.post(`/answers${path}`, { model: 'gpt', ...body });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('guardrail_unsupported'),
    ]);
    expect(gateway.openai.requests).toEqual([]);
  });
});

describe('what guardrails did', () => {
  it('is in the usage row and in the metrics, without the text', async () => {
    await guard('counted', { name: 'counted-pii', type: 'pii', action: 'mask' });
    gateway.openai.reset(whole(`${EMAIL} and bob@example.org`));
    const response = await gateway.post('/counted/v1/chat/completions', {
      model: 'gpt',
      messages: user(EMAIL),
    });
    const text = await response.text();
    expect(text).toContain('<EMAIL_1> and <EMAIL_2>');
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    let row: Record<string, unknown> | undefined;
    for (let i = 0; i < 100 && !row; i++) {
      const { rows } = await client.query<Record<string, unknown>>(
        "SELECT * FROM gateway.ai_usage WHERE route = 'counted'",
      );
      row = rows[0];
      if (!row) await sleep(50);
    }
    await client.end();
    expect(row!.guardrail_events).toEqual([
      { guardrail: 'counted-pii', action: 'mask', on: 'request', count: 1 },
      { guardrail: 'counted-pii', action: 'mask', on: 'answer', count: 2 },
    ]);
    expect(JSON.stringify(row)).not.toContain('example.org');
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toMatch(
      /gatehouse_ai_guardrail_events_total\{guardrail="counted-pii",action="mask",on="answer",app="gateway"\} 2/,
    );
  });
});

describe('the administration of guardrails', () => {
  const refused = (definition: Record<string, unknown>) =>
    expect(gateway.add('ai-guardrails', { name: 'wrong', action: 'block', ...definition })).rejects;

  it('checks types, settings and what they can do', async () => {
    await refused({ type: 'nonsense' }).toMatchObject({ status: 422, errors: [{ pointer: '/type' }] });
    await refused({ type: 'regex', settings: { patterns: [{ pattern: '(?<=a)b' }] } }).toMatchObject({
      errors: [{ pointer: '/settings/patterns/0/pattern' }],
    });
    await refused({ type: 'pii', reversible: true }).toMatchObject({ errors: [{ pointer: '/reversible' }] });
    const route = { name: 'wrong', match: { paths: ['/wrong'] }, ai: { guardrails: ['missing'] } };
    await expect(gateway.addRoute(route)).rejects.toMatchObject({
      errors: [{ pointer: '/ai/guardrails/0' }],
    });
  });
});

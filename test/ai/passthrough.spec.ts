import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, stream } from './provider-server.js';
import {
  anthropicStream,
  geminiStream,
  openAiAnswer,
  openAiStream,
  openAiStreamEnd,
  openAiStreamStart,
  openAiStreamText,
  openAiUsageChunk,
} from './wire-shapes.js';

let gateway: AiGateway;

beforeAll(async () => {
  gateway = await startAiGateway();
});
afterAll(() => gateway?.stop());

describe('a call in the dialect of its target', () => {
  it('reaches it byte for byte, but for the model', async () => {
    const answer = '{ "choices" : [],\t"x_unknown": 1.50, "usage": {"prompt_tokens": 1} }\n';
    gateway.openai.reset(json(answer));
    const body =
      '{ "x_new": {"a" : 1.0e2, "a": "\\u00e4"},\n "model" : "gpt", "messages":[ ] ,"temperature":0.0 }';
    const got = await gateway.post('/ai/v1/chat/completions', body);
    expect([got.status, await got.text()]).toEqual([200, answer]);
    expect(gateway.openai.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      body: body.replace('"gpt"', '"gpt-5-mini"'),
    });
  });

  it.each([
    ['/ai/v1/embeddings', { input: 'x', stream: true }, 'stream'],
    ['/ai/v1/moderations', { input: 'x', stream: true }, 'stream'],
    ['/ai/v1/responses', { input: 'x', background: true }, 'background'],
  ])('is refused at %s with what would not end with its answer: %j', async (path, body, member) => {
    gateway.openai.reset(json({}));
    const got = await gateway.post(path, { model: 'gpt', ...body });
    expect([got.status, await got.text()]).toEqual([400, expect.stringContaining(`/${member}`)]);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it.each(['/ai/chat/completions', '/ai/v1/chat/completions'])('is found at %s', async (path) => {
    gateway.openai.reset(json(openAiAnswer));
    expect((await gateway.post(path, { model: 'gpt', messages: [] })).status).toBe(200);
  });

  it.each([
    ['/v1/chat', '/v1/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/gw/v1', '/gw/v1/chat/completions'],
  ])('is found below a match of %s', async (match, path) => {
    const name = match.slice(1).replaceAll('/', '-');
    await gateway.addRoute({ name, match: { paths: [match] }, ai: {} });
    gateway.openai.reset(json(openAiAnswer));
    expect((await gateway.post(path, { model: 'gpt', messages: [] })).status).toBe(200);
  });

  it('takes with it no header of the caller but those that the provider knows', async () => {
    gateway.anthropic.reset(json({ input_tokens: 3 }));
    await gateway.post(
      '/ai/v1/messages/count_tokens?beta=true&x=1',
      { model: 'claude', messages: [] },
      {
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'context-1m-2025-08-07',
        cookie: 'a=b',
        'x-api-key': 'callers',
        'x-custom': '1',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    );
    const [{ headers, path }] = gateway.anthropic.requests as [ProviderServer['requests'][number]];
    expect(path).toBe('/v1/messages/count_tokens?beta=true');
    expect(Object.keys(headers).sort()).toEqual(
      [
        ...[
          'accept',
          'accept-encoding',
          'anthropic-beta',
          'anthropic-version',
          'connection',
          'content-length',
        ],
        ...['content-type', 'host', 'user-agent', 'x-api-key'],
      ].sort(),
    );
    expect(headers['x-api-key']).toBe('secret-anthropic-key-0123456789');
  });

  it('tells the caller nothing of the account behind it', async () => {
    gateway.openai.reset(
      json(openAiAnswer, 200, {
        'openai-organization': 'ours',
        'x-ratelimit-remaining-requests': '3',
        'set-cookie': '__cf_bm=1',
        server: 'cloudflare',
      }),
    );
    const { headers } = await gateway.post('/ai/v1/chat/completions', { model: 'gpt', messages: [] });
    for (const name of ['openai-organization', 'x-ratelimit-remaining-requests', 'set-cookie', 'server']) {
      expect(headers.get(name)).toBeNull();
    }
  });
});

describe('a stream in the dialect of its target', () => {
  const asked = { model: 'gpt', messages: [], stream: true };

  it.each([1, 7, Infinity])(
    'comes byte for byte in pieces of %s, without the usage nobody asked for',
    async (size) => {
      gateway.openai.reset(stream(openAiStream, size));
      const got = await gateway.post('/ai/v1/chat/completions', asked);
      expect(await got.text()).toBe(openAiStreamStart + openAiStreamText + openAiStreamEnd);
      expect(gateway.openai.requests[0]!.json.stream_options).toEqual({ include_usage: true });
    },
  );

  it('comes with its usage where the caller asks for it, and the request stays as it is', async () => {
    gateway.openai.reset(stream(openAiStream, 5));
    const body = JSON.stringify({ ...asked, stream_options: { include_usage: true, x: 1 } });
    const got = await gateway.post('/ai/v1/chat/completions', body);
    expect(await got.text()).toBe(openAiStream);
    expect(gateway.openai.requests[0]!.body).toBe(body.replace('"gpt"', '"gpt-5-mini"'));
  });

  it('keeps other options of the stream', async () => {
    gateway.openai.reset(stream(openAiStream));
    await (
      await gateway.post('/ai/v1/chat/completions', {
        ...asked,
        stream_options: { include_obfuscation: false },
      })
    ).text();
    expect(gateway.openai.requests[0]!.json.stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
    });
  });

  it.each([
    [
      'anthropic',
      '/ai/v1/messages',
      { model: 'claude', max_tokens: 9, messages: [], stream: true },
      anthropicStream,
    ],
    ['gemini', '/ai/v1beta/models/flash:streamGenerateContent?alt=sse', { contents: [] }, geminiStream],
  ] as const)('of %s comes byte for byte', async (provider, path, body, bytes) => {
    gateway[provider].reset(stream(bytes, 3));
    expect(await (await gateway.post(path, body)).text()).toBe(bytes);
  });

  it('keeps comments and unknown events', async () => {
    const odd = `: hello\n\nretry: 5\n\n${openAiStreamStart}event: x\ndata: {"x":1}\n\n${openAiStreamText}`;
    gateway.openai.reset(stream(odd + openAiUsageChunk + openAiStreamEnd, 2));
    expect(await (await gateway.post('/ai/v1/chat/completions', asked)).text()).toBe(odd + openAiStreamEnd);
  });
});

describe('operations besides chat', () => {
  it.each([
    ['/ai/v1/embeddings', { input: 'a' }],
    ['/ai/v1/completions', { prompt: 'a' }],
    ['/ai/v1/moderations', { input: 'a' }],
    ['/ai/v1/images/generations', { prompt: 'a' }],
  ])('%s goes through', async (path, body) => {
    gateway.openai.reset(json({ data: [1], usage: { prompt_tokens: 1, total_tokens: 1 } }));
    const got = await gateway.post(path, { model: 'gpt', ...body });
    expect(await got.json()).toEqual({ data: [1], usage: { prompt_tokens: 1, total_tokens: 1 } });
    expect(gateway.openai.requests[0]).toMatchObject({
      path: path.slice(3),
      json: { model: 'gpt-5-mini', ...body },
    });
  });

  it('sound comes as it is', async () => {
    const sound = Buffer.from([0xff, 0xfb, 0x00, 0x0a, 0x0a]);
    gateway.openai.reset((_, response) =>
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(sound),
    );
    const got = await gateway.post('/ai/v1/audio/speech', { model: 'gpt', input: 'a', voice: 'x' });
    expect(got.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await got.arrayBuffer())).toEqual(sound);
  });

  it('legacy completions stream, without the usage nobody asked for', async () => {
    const text = 'data: {"choices":[{"text":"a"}]}\n\n';
    gateway.openai.reset(
      stream(`${text}data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n${openAiStreamEnd}`),
    );
    const got = await gateway.post('/ai/v1/completions', { model: 'gpt', prompt: 'a', stream: true });
    expect(await got.text()).toBe(text + openAiStreamEnd);
  });

  it.each(['embedContent', 'countTokens'])(
    'Gemini’s %s goes through with the name the target has',
    async (verb) => {
      gateway.gemini.reset(json({ totalTokens: 3 }));
      const inner = { model: 'models/flash', contents: [] };
      await gateway.post(`/ai/v1beta/models/flash:${verb}`, {
        model: 'models/flash',
        generateContentRequest: inner,
      });
      expect(gateway.gemini.requests[0]).toMatchObject({
        path: `/v1beta/models/gemini-2.5-flash:${verb}`,
        json: {
          model: 'models/gemini-2.5-flash',
          generateContentRequest: { model: 'models/gemini-2.5-flash' },
        },
      });
    },
  );

  it('Gemini’s batches, too', async () => {
    gateway.gemini.reset(json({ embeddings: [{ values: [1] }] }));
    const requests = [{ model: 'models/flash', content: {} }];
    await gateway.post('/ai/v1/models/flash:batchEmbedContents', { requests });
    expect(gateway.gemini.requests[0]).toMatchObject({
      path: '/v1beta/models/gemini-2.5-flash:batchEmbedContents',
      json: { requests: [{ model: 'models/gemini-2.5-flash', content: {} }] },
    });
  });

  it.each([
    ['/ai/v1/embeddings', { model: 'claude', input: 'a' }, 'embeddings as openai has it'],
    ['/ai/v1/messages/count_tokens', { model: 'gpt', messages: [] }, 'count tokens as anthropic has it'],
    ['/ai/v1beta/models/gpt:countTokens', { contents: [] }, 'count tokens as gemini has it'],
  ])('%s of a provider that has no such thing is refused', async (path, body, what) => {
    gateway.openai.reset(json({}));
    const got = await gateway.post(path, body);
    expect(got.status).toBe(400);
    expect(await got.text()).toContain(`does not offer ${what}`);
  });

  it('Gemini’s streams need alt=sse', async () => {
    const got = await gateway.post('/ai/v1beta/models/flash:streamGenerateContent', { contents: [] });
    expect([got.status, await got.text()]).toEqual([400, expect.stringContaining('alt=sse')]);
  });
});

describe('the models that may be called', () => {
  beforeAll(() =>
    gateway.addRoute({ name: 'some', match: { paths: ['/some'] }, ai: { models: ['gpt', 'claude'] } }),
  );

  const list = async (headers: Record<string, string>, path = '/some/v1/models') =>
    (await (await fetch(`${gateway.url}${path}`, { headers })).json()) as Record<string, never>;

  it('are listed as each SDK reads it', async () => {
    expect(await list({})).toMatchObject({
      object: 'list',
      data: [{ id: 'gpt', object: 'model' }, { id: 'claude' }],
    });
    expect(await list({ 'anthropic-version': '2023-06-01' })).toMatchObject({
      data: [{ type: 'model', id: 'gpt' }, { id: 'claude' }],
      has_more: false,
      last_id: 'claude',
    });
    const gemini = { models: [{ name: 'models/gpt' }, { name: 'models/claude' }] };
    expect(await list({ 'x-goog-api-key': 'k' })).toMatchObject(gemini);
    expect(await list({}, '/some/v1beta/models')).toMatchObject(gemini);
  });

  it('are described one by one', async () => {
    expect(await list({}, '/some/v1/models/gpt')).toMatchObject({ id: 'gpt', object: 'model' });
    expect(await list({}, '/some/v1/models/flash')).toMatchObject({ error: { code: 'model_not_found' } });
  });

  it('are all that may be called', async () => {
    const got = await gateway.post('/some/v1/chat/completions', { model: 'flash', messages: [] });
    expect(got.status).toBe(404);
  });
});

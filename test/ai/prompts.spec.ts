import OpenAI from 'openai';
import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { json, type ProviderServer, startProvider, stream } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import { openAiAnswer, openAiStream } from './wire-shapes.js';

const SUMMARIZE = {
  name: 'summarize',
  variables: {
    text: { type: 'string', maxLength: 1_000 },
    words: { type: 'integer', minimum: 1, default: 50 },
    tone: { enum: ['plain', 'formal'], default: 'plain' },
  },
  versions: [
    {
      version: '1',
      model: 'fast',
      messages: [
        { role: 'system', content: 'Summarize in {{words}} words, {{ tone }}. Answer as {"summary": …}' },
        { role: 'user', content: '{{text}}' },
      ],
      parameters: { temperature: 0, max_tokens: 200 },
    },
    { version: '2', weight: 0, model: 'slow', messages: [{ role: 'user', content: 'Brief: {{text}}' }] },
  ],
};

let gateway: AdministeredGateway;
let provider: ProviderServer;

beforeAll(async () => {
  provider = await startProvider(json(openAiAnswer));
  gateway = await startAdministeredGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }, [RemembersModule]);
  const keys = [{ name: 'main', key: 'secret-openai-key-0123456789' }];
  await gateway.add('ai-providers', { name: 'openai', type: 'openai', base_url: `${provider.url}/v1`, keys });
  for (const name of ['fast', 'slow']) {
    await gateway.add('ai-models', { name, targets: [{ provider: 'openai', model: `${name}-model` }] });
  }
  await gateway.add('ai-prompts', SUMMARIZE);
  await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: { prompts: ['summarize'] } });
});
afterAll(async () => {
  await gateway?.stop();
  await provider?.stop();
});
beforeEach(() => {
  records.length = 0;
  provider.reset(json(openAiAnswer));
});

async function call(body: unknown, path = '/ai/prompts/summarize', headers: Record<string, string> = {}) {
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const got = await fetch(`${gateway.url}${path}`, { method: 'POST', body: sent, headers });
  const text = await got.text();
  const version = got.headers.get('x-gatehouse-prompt-version');
  return {
    status: got.status,
    version,
    text,
    headers: got.headers,
    json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

const refused = async (body: unknown, path?: string) => {
  const { status, json } = await call(body, path);
  const { message, code } = (json as { error: { message: string; code: string } }).error;
  return [status, code, message];
};

describe('a prompt', () => {
  it('is filled, and answered as OpenAI chat is', async () => {
    const got = await call({ variables: { text: 'A long story', words: 9 } });
    expect(got).toMatchObject({ status: 200, version: '1', text: JSON.stringify(openAiAnswer) });
    expect(provider.requests[0]!.json).toEqual({
      model: 'fast-model',
      messages: [
        { role: 'system', content: 'Summarize in 9 words, plain. Answer as {"summary": …}' },
        { role: 'user', content: 'A long story' },
      ],
      temperature: 0,
      max_tokens: 200,
      stream: false,
    });
    await new Promise(setImmediate);
    expect(records).toEqual([
      expect.objectContaining({
        operation: 'chat',
        dialect: 'openai',
        model: 'fast',
        prompt: 'summarize',
        promptVersion: '1',
        status: 200,
      }),
    ]);
  });

  it('is streamed', async () => {
    provider.reset(stream(openAiStream));
    const got = await call({ variables: { text: 'x' }, stream: true });
    expect(got.headers.get('content-type')).toContain('text/event-stream');
    expect(got.text).toContain('data: [DONE]');
    expect(provider.requests[0]!.json).toMatchObject({ stream: true });
  });

  it.each(['/ai/prompts/summarize', '/ai/v1/prompts/summarize'])('is found at %s', async (path) => {
    expect((await call({ variables: { text: 'x' } }, path)).status).toBe(200);
  });

  it('is found where the route matches its path as a whole', async () => {
    await gateway.addRoute({ name: 'whole', match: { paths: ['/prompts'] }, ai: { prompts: ['summarize'] } });
    expect((await call({ variables: { text: 'x' } }, '/prompts/summarize')).status).toBe(200);
  });

  it('has versions, which callers may name', async () => {
    expect(await call({ variables: { text: 'x' }, version: '2' })).toMatchObject({
      status: 200,
      version: '2',
    });
    expect(provider.requests[0]!.json).toMatchObject({
      model: 'slow-model',
      messages: [{ role: 'user', content: 'Brief: x' }],
    });
    expect(await refused({ variables: { text: 'x' }, version: '3' })).toEqual([
      404,
      'version_not_found',
      expect.stringContaining('"3"'),
    ]);
  });

  it('can ask for an answer by a schema', async () => {
    const schema = { type: 'object', properties: { summary: { type: 'string' } }, required: ['summary'] };
    await gateway.add('ai-prompts', {
      name: 'shaped',
      versions: [
        { version: '1', model: 'fast', messages: [{ role: 'user', content: 'Hi' }], response_schema: schema },
      ],
    });
    await gateway.addRoute({ name: 'shaped', match: { paths: ['/shaped'] }, ai: { prompts: ['shaped'] } });
    expect((await call('', '/shaped/prompts/shaped')).status).toBe(200);
    const format = { name: 'shaped', schema: { ...schema, additionalProperties: false }, strict: true };
    expect(provider.requests[0]!.json.response_format).toEqual({ type: 'json_schema', json_schema: format });
  });
});

describe('a call of a prompt is refused', () => {
  it.each<[string, unknown, string, string]>([
    [
      'a variable that is not declared',
      { variables: { text: 'x', other: 1 } },
      'invalid_variables',
      '/variables/other is no variable',
    ],
    [
      'one that only every object has',
      '{"variables": {"text": "x", "constructor": 1}}',
      'invalid_variables',
      '/variables/constructor',
    ],
    [
      'one that is the prototype',
      '{"variables": {"text": "x", "__proto__": {"a": 1}}}',
      'invalid_variables',
      '/variables/__proto__',
    ],
    ['a variable that is missing', {}, 'invalid_variables', '/variables/text is missing'],
    [
      'a variable of another type',
      { variables: { text: ['x'] } },
      'invalid_variables',
      '/variables/text must be string',
    ],
    [
      'a variable that is too long',
      { variables: { text: 'x'.repeat(1_001) } },
      'invalid_variables',
      '/variables/text must NOT have more',
    ],
    [
      'a value that is none of the list',
      { variables: { text: 'x', tone: 'rude' } },
      'invalid_variables',
      '/variables/tone',
    ],
    [
      'a member that is unknown',
      { variables: { text: 'x' }, messages: [] },
      'invalid_request',
      '/messages is unknown',
    ],
    [
      'a model of its own',
      { variables: { text: 'x' }, model: 'slow' },
      'invalid_request',
      '/model is unknown',
    ],
    ['variables that are no object', { variables: [] }, 'invalid_request', '/variables must be an object'],
    ['what is no JSON', '{', 'invalid_request', 'no JSON object'],
  ])('for %s', async (_, body, code, message) => {
    expect(await refused(body)).toEqual([400, code, expect.stringContaining(message)]);
    expect(provider.requests).toHaveLength(0);
  });

  it('where there is none of that name, or not on this route', async () => {
    await gateway.add('ai-prompts', { ...SUMMARIZE, name: 'elsewhere' });
    for (const name of ['nowhere', 'elsewhere']) {
      expect(await refused({ variables: { text: 'x' } }, `/ai/prompts/${name}`)).toEqual([
        404,
        'prompt_not_found',
        expect.any(String),
      ]);
    }
  });

  it('where values that stand in many places make it too long', async () => {
    const content = '{{a}}'.repeat(1_000);
    await gateway.add('ai-prompts', {
      name: 'many',
      variables: { a: {} },
      versions: [{ version: '1', model: 'fast', messages: [{ role: 'user', content }] }],
    });
    await gateway.addRoute({
      name: 'many',
      match: { paths: ['/many'] },
      ai: { prompts: ['many'], max_body: 1_024 },
    });
    expect(await refused({ variables: { a: 'xx' } }, '/many/prompts/many')).toEqual([
      413,
      'request_too_large',
      expect.any(String),
    ]);
    expect((await call({ variables: { a: 'x' } }, '/many/prompts/many')).status).toBe(200);
  });
});

describe('a route with prompts', () => {
  const ask = (path: string) => call({ model: 'fast', messages: [] }, path);

  it('has callers ask no model anything else, unless it names models', async () => {
    expect((await ask('/ai/v1/chat/completions')).status).toBe(404);
    await gateway.addRoute({
      name: 'both',
      match: { paths: ['/both'] },
      ai: { prompts: ['summarize'], models: ['fast'] },
    });
    expect((await ask('/both/v1/chat/completions')).status).toBe(200);
    expect((await call({ variables: { text: 'x' } }, '/both/prompts/summarize')).status).toBe(200);
  });

  it('has its guards, limits, budgets and cache', async () => {
    const world = new ConsumerWorld(gateway);
    await world.consumer('app');
    const key = await world.credential('app-key', { consumer: 'app', type: 'api_key', models: ['fast'] });
    await gateway.add('ai-budgets', {
      name: 'prompts',
      of: 'consumer',
      unit: 'requests',
      limit: 3,
      per: 'month',
      everywhere: false,
    });
    await gateway.addRoute({
      name: 'held',
      match: { paths: ['/held'] },
      guards: [{ type: 'api_key' }],
      ai: { prompts: ['summarize'], budgets: ['prompts'], cache: { per: 'consumer' } },
    });
    const held = (more: object = {}) =>
      call({ variables: { text: 'x' }, ...more }, '/held/prompts/summarize', { 'x-api-key': key });
    expect((await call({ variables: { text: 'x' } }, '/held/prompts/summarize')).status).toBe(401);
    expect((await held({ version: '2' })).status).toBe(404);
    const first = await held();
    expect([first.status, first.headers.get('x-gatehouse-cache')]).toEqual([200, 'miss']);
    const second = await held();
    expect([second.status, second.headers.get('x-gatehouse-cache'), second.version]).toEqual([
      200,
      'hit',
      '1',
    ]);
    expect((await held({ variables: { text: 'y' } })).status).toBe(200);
    expect((await held()).status).toBe(429);
  });

  it('is part of an API, with its life cycle', async () => {
    const id = await gateway.add('apis', { name: 'prompts', state: 'draft' });
    await gateway.addRoute({
      name: 'lived',
      api: 'prompts',
      match: { paths: ['/lived'] },
      ai: { prompts: ['summarize'] },
    });
    const status = async () => (await call({ variables: { text: 'x' } }, '/lived/prompts/summarize')).status;
    expect(await status()).toBe(404);
    await gateway.admin('POST', `/apis/${id}/publish`);
    expect(await status()).toBe(200);
    await gateway.admin('POST', `/apis/${id}/deprecate`);
    expect(
      (await call({ variables: { text: 'x' } }, '/lived/prompts/summarize')).headers.get('deprecation'),
    ).toMatch(/^@/);
    await gateway.admin('POST', `/apis/${id}/retire`);
    expect(await status()).toBe(410);
  });
});

describe('versions by weight', () => {
  const version = (name: string, weight: number) => ({
    version: name,
    weight,
    model: 'fast',
    messages: [{ role: 'user', content: name }],
  });
  const keys: string[] = [];

  beforeAll(async () => {
    const world = new ConsumerWorld(gateway);
    for (let i = 0; i < 24; i++) {
      await world.consumer(`caller-${i}`);
      keys.push(await world.credential(`caller-${i}-key`, { consumer: `caller-${i}`, type: 'api_key' }));
    }
    await gateway.add('ai-prompts', {
      name: 'tried',
      versions: [version('a', 1), version('b', 1), version('off', 0)],
    });
    await gateway.addRoute({
      name: 'tried',
      match: { paths: ['/tried'] },
      guards: [{ type: 'api_key' }],
      ai: { prompts: ['tried'] },
    });
  });

  const given = () =>
    Promise.all(
      keys.map(async (key) => (await call('', '/tried/prompts/tried', { 'x-api-key': key })).version),
    );

  it('are given to callers, to each the same every time', async () => {
    const first = await given();
    expect(new Set(first)).toEqual(new Set(['a', 'b']));
    expect(await given()).toEqual(first);
  });
});

describe('the administration of prompts', () => {
  const dryRun = (body: unknown, name = 'summarize') =>
    gateway.admin('POST', `/ai-prompts/${name}/dry-run`, body);

  it('shows what a model would be asked, and asks nobody', async () => {
    const { status, json } = await dryRun({ variables: { text: 'x "y"' } });
    expect(status).toBe(200);
    expect(json).toEqual({
      version: '1',
      request: {
        model: 'fast',
        messages: [
          { role: 'system', content: 'Summarize in 50 words, plain. Answer as {"summary": …}' },
          { role: 'user', content: 'x "y"' },
        ],
        temperature: 0,
        max_tokens: 200,
      },
    });
    expect((await dryRun({ variables: { text: 'x' }, version: '2' })).json).toMatchObject({ version: '2' });
    expect(provider.requests).toHaveLength(0);
  });

  it.each([
    [{ variables: {} }, '/variables/text'],
    [{ variables: { text: 'x', a: 1 } }, '/variables/a'],
    [{ variables: { text: 'x' }, version: '9' }, '/version'],
    [{ vars: {} }, ''],
  ])('refuses to fill it with %j', async (body, pointer) => {
    const { status, json } = await dryRun(body);
    expect([status, json.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it('is for administrators, and about prompts that exist', async () => {
    expect((await dryRun({}, 'nowhere')).status).toBe(404);
    const got = await fetch(`${gateway.url}/admin/v1/ai-prompts/summarize/dry-run`, { method: 'POST' });
    expect(got.status).toBe(401);
  });

  const message = (content: string) => ({
    versions: [{ version: '1', model: 'fast', messages: [{ role: 'user', content }] }],
  });

  it.each<[string, object, string, string]>([
    ['a variable that is not declared', message('{{a}}'), '/versions/0/messages/0/content', 'has {{a}}'],
    ['braces around something else', message('{{#if a}}'), '/versions/0/messages/0/content', 'write \\{{'],
    [
      'a model that does not exist',
      { versions: [{ ...message('x').versions[0], model: 'none' }] },
      '/versions/0/model',
      'names no AI model',
    ],
    [
      'a role that there is not',
      { versions: [{ ...message('x').versions[0], messages: [{ role: '{{a}}', content: 'x' }] }] },
      '/versions/0/messages/0/role',
      '',
    ],
    [
      'a schema that is none',
      { ...message('x'), variables: { a: { type: 'text' } } },
      '/variables/a',
      'no JSON Schema',
    ],
    [
      'a pattern that takes long',
      { ...message('x'), variables: { a: { type: 'string', pattern: '(?=a)b' } } },
      '/variables/a',
      'cannot be used',
    ],
    [
      'a default that does not fit',
      { ...message('x'), variables: { a: { type: 'string', default: 1 } } },
      '/variables/a',
      'default',
    ],
    [
      'a version twice',
      { versions: [...message('x').versions, ...message('y').versions] },
      '/versions/1/version',
      'twice',
    ],
    [
      'versions that nobody gets',
      { versions: [{ ...message('x').versions[0], weight: 0 }] },
      '/versions/0/weight',
      'must not be 0',
    ],
    [
      'a parameter that it does not have',
      { versions: [{ ...message('x').versions[0], parameters: { messages: [] } }] },
      '/versions/0/parameters',
      '',
    ],
  ])('refuses %s', async (_, more, pointer, detail) => {
    const { status, json } = await gateway.admin('POST', '/ai-prompts', { name: 'bad', ...more });
    expect([status, json.errors]).toEqual([
      422,
      [expect.objectContaining({ pointer, detail: expect.stringContaining(detail) as string })],
    ]);
  });

  it('keeps a prompt that a route names, and a model that a prompt names', async () => {
    expect((await gateway.admin('DELETE', '/ai-prompts/summarize')).status).toBe(409);
    expect((await gateway.admin('DELETE', '/ai-models/slow')).status).toBe(409);
    const route = { name: 'bad', match: { paths: ['/bad'] }, guards: [], ai: { prompts: ['nowhere'] } };
    expect((await gateway.admin('POST', '/routes', route)).json.errors).toEqual([
      expect.objectContaining({ pointer: '/ai/prompts/0' }),
    ]);
  });

  it('purges what the cache keeps', async () => {
    await gateway.addRoute({
      name: 'kept',
      match: { paths: ['/kept'] },
      ai: { prompts: ['summarize'], cache: { per: 'route' } },
    });
    const cached = async () =>
      (await call({ variables: { text: 'x' } }, '/kept/prompts/summarize')).headers.get('x-gatehouse-cache');
    expect([await cached(), await cached()]).toEqual(['miss', 'hit']);
    expect((await gateway.admin('DELETE', '/ai-cache?route=other')).json).toEqual({ purged: 0 });
    expect((await gateway.admin('DELETE', '/ai-cache?route=kept&model=fast&owner=all')).json).toEqual({
      purged: 1,
    });
    expect(await cached()).toBe('miss');
    expect((await gateway.admin('DELETE', '/ai-cache?user=x')).status).toBe(422);
    expect((await fetch(`${gateway.url}/admin/v1/ai-cache`, { method: 'DELETE' })).status).toBe(401);
  });
});

describe("OpenAI's SDK", () => {
  it('reads what a prompt answers, and its stream', async () => {
    const openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: 'x', maxRetries: 0 });
    const answer = await openai.post<OpenAI.ChatCompletion>('/prompts/summarize', {
      body: { variables: { text: 'x' } },
    });
    expect(answer.choices[0]!.message.content).toBe('Hello!');
    provider.reset(stream(openAiStream));
    const events = await openai.post<AsyncIterable<OpenAI.ChatCompletionChunk>>('/prompts/summarize', {
      body: { variables: { text: 'x' }, stream: true },
      stream: true,
    });
    let text = '';
    for await (const event of events) text += event.choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello!');
  });
});

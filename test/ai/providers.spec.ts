import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { anthropicAnswer, openAiAnswer, openAiStream } from './wire-shapes.js';

const HI = { messages: [{ role: 'user', content: 'Hi' }] };

let gateway: AiGateway;

beforeAll(async () => {
  gateway = await startAiGateway();
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.openai.reset(json(openAiAnswer)));

/** A provider of a type, and a model of the same name behind it. */
async function provider(name: string, definition: object): Promise<void> {
  const keys = [{ name: 'main', key: 'secret-key-0123456789abcdef' }];
  await gateway.add('ai-providers', { name, base_url: `${gateway.openai.url}/v1`, keys, ...definition });
  await gateway.addModel(name, [`${name}/the-model`]);
}

const ask = async (path: string, body: object) => {
  const got = await gateway.post(path, body);
  expect([got.status, await got.text()]).toEqual([200, expect.anything()]);
  return gateway.openai.requests.at(-1)!;
};

describe('what a type of provider has otherwise', () => {
  it('openai: whose usage it is', async () => {
    await provider('ours', { type: 'openai', settings: { organization: 'org-1', project: 'p-1' } });
    expect((await ask('/ai/v1/chat/completions', { model: 'ours', ...HI })).headers).toMatchObject({
      authorization: 'Bearer secret-key-0123456789abcdef',
      'openai-organization': 'org-1',
      'openai-project': 'p-1',
    });
  });

  it('openai: the name of the bound that its newer models know', async () => {
    const { json: body } = await ask('/ai/v1/messages', { model: 'gpt', max_tokens: 9, ...HI });
    expect(body).toMatchObject({ model: 'gpt-5-mini', max_completion_tokens: 9 });
  });

  it('openai_compatible: another field for the key, the older name of the bound, no responses', async () => {
    await provider('azure', { type: 'openai_compatible', settings: { key_header: 'api-key' } });
    const asked = await ask('/ai/v1/messages', { model: 'azure', max_tokens: 9, ...HI });
    expect(asked.headers).toMatchObject({ 'api-key': 'secret-key-0123456789abcdef' });
    expect(asked.headers).not.toHaveProperty('authorization');
    expect(asked.json).toMatchObject({ max_tokens: 9 });
    expect((await ask('/ai/v1/responses', { model: 'azure', input: 'Hi' })).path).toBe(
      '/v1/chat/completions',
    );
  });

  it('openai_compatible: responses, where it has them', async () => {
    await provider('vllm', { type: 'openai_compatible', settings: { responses: true } });
    const body = { model: 'vllm', input: 'Hi', x_own: [1.0] };
    expect(await ask('/ai/v1/responses', body)).toMatchObject({
      path: '/v1/responses',
      json: { ...body, model: 'the-model' },
    });
  });

  it('without keys: no credential at all', async () => {
    await provider('local', { type: 'ollama', keys: [] });
    expect((await ask('/ai/v1/chat/completions', { model: 'local', ...HI })).headers).not.toHaveProperty(
      'authorization',
    );
  });

  it('mistral: names of its own, and usage that need not be asked for', async () => {
    await provider('mistral', { type: 'mistral' });
    gateway.openai.reset(stream(openAiStream));
    const body = { model: 'mistral', seed: 7, max_completion_tokens: 9, stream: true, ...HI };
    const passed = await ask('/ai/v1/chat/completions', body);
    expect(passed.json).toEqual({ model: 'the-model', random_seed: 7, max_tokens: 9, stream: true, ...HI });
    const converted = await ask('/ai/v1/messages', { model: 'mistral', max_tokens: 9, stream: true, ...HI });
    expect(converted.json).toMatchObject({ max_tokens: 9 });
    expect(converted.json).not.toHaveProperty('stream_options');
  });

  it('anthropic: keys as the version of the caller has them', async () => {
    gateway.anthropic.reset(json(anthropicAnswer));
    for (const version of ['2023-06-01', '2026-10-21']) {
      const body = { model: 'claude', max_tokens: 9, ...HI };
      await gateway.post('/ai/v1/messages', body, { 'anthropic-version': version });
    }
    await gateway.post('/ai/v1/chat/completions', { model: 'claude', ...HI });
    const [older, newer, converted] = gateway.anthropic.requests.map(({ headers }) => headers);
    expect(older).toMatchObject({
      'anthropic-version': '2023-06-01',
      'x-api-key': expect.any(String) as string,
    });
    expect(newer).toMatchObject({
      'anthropic-version': '2026-10-21',
      authorization: expect.any(String) as string,
    });
    expect(newer).not.toHaveProperty('x-api-key');
    expect(converted).toMatchObject({ 'anthropic-version': '2023-06-01' });
  });

  it('header fields of the configuration', async () => {
    await provider('titled', {
      type: 'openrouter',
      headers: { 'x-title': 'Gatehouse', 'http-referer': 'https://x' },
    });
    expect((await ask('/ai/v1/chat/completions', { model: 'titled', ...HI })).headers).toMatchObject({
      'x-title': 'Gatehouse',
      'http-referer': 'https://x',
    });
  });
});

describe('who is asked first', () => {
  it('weighted: by chance and weight', async () => {
    await gateway.add('ai-models', {
      name: 'split',
      strategy: 'weighted',
      targets: [
        { provider: 'openai', model: 'a', weight: 1 },
        { provider: 'openai', model: 'b', weight: 3 },
        { provider: 'openai', model: 'c', weight: 0 },
      ],
    });
    const asked = new Map<unknown, number>();
    for (let i = 0; i < 200; i++) {
      const { model } = (await ask('/ai/v1/chat/completions', { model: 'split', ...HI })).json;
      asked.set(model, (asked.get(model) ?? 0) + 1);
    }
    expect(asked.get('a')).toBeGreaterThan(20);
    expect(asked.get('b')).toBeGreaterThan(100);
    expect(asked.has('c')).toBe(false);
  });

  it('latency: the quickest, once each was tried', async () => {
    await gateway.addModel('quick', ['openai/slow', 'openai/fast'], { strategy: 'latency' });
    gateway.openai.reset((request, response) => {
      setTimeout(() => json(openAiAnswer)(request, response), request.json.model === 'slow' ? 150 : 0);
    });
    const models = [];
    for (let i = 0; i < 6; i++) {
      models.push((await ask('/ai/v1/chat/completions', { model: 'quick', ...HI })).json.model);
    }
    expect(models.filter((model) => model === 'slow')).toHaveLength(1);
  });
});

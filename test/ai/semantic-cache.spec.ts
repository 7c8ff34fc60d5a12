import { SealedAnswers } from '../../apps/gateway/src/ai/cache/sealed-answers.service.js';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { putIssuers, TestIssuer } from '../gateway/token-issuer.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, startProvider, type ProviderServer } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import { geminiAnswer, openAiAnswer } from './wire-shapes.js';

const AUDIENCE = 'https://models.example/ai';

let gateway: AiGateway;
let vectors: ProviderServer;
const puts: Promise<void>[] = [];

/** What means the same has the same direction; `slow` never comes. */
const VECTORS: Readonly<Record<string, number[]>> = {
  'How do I pay?': [1, 0, 0],
  'How can I pay?': [0.99, 0.1, 0],
  'Where do I pay?': [0.5, 0.8, 0],
  'How do I pay 5?': [1, 0, 0],
  'How do I pay 6?': [1, 0.01, 0],
};

const embedding: ProviderAnswer = (request, response) => {
  const { input, content } = request.json as { input?: string; content?: { parts: { text: string }[] } };
  const text = input ?? content!.parts[0]!.text;
  if (text === 'slow') return;
  const vector = VECTORS[text] ?? [0, 0, 1];
  const answer = input === undefined ? { embedding: { values: vector } } : { data: [{ embedding: vector }] };
  json({ ...answer, usage: { prompt_tokens: 1_000, total_tokens: 1_000 } })(request, response);
};

beforeAll(async () => {
  [gateway, vectors] = await Promise.all([startAiGateway({}, [RemembersModule]), startProvider()]);
  await gateway.add('ai-providers', {
    name: 'vectors',
    type: 'openai',
    base_url: `${vectors.url}/v1`,
    keys: [{ name: 'k', key: 'secret-vectors-key-0123456789' }],
  });
  const price = { input: 1, output: 1 };
  await gateway.add('ai-models', {
    name: 'embeddings',
    targets: [{ provider: 'vectors', model: 'e', price }],
  });
  const answers = gateway.app.get(SealedAnswers, { strict: false });
  const put = answers.put.bind(answers);
  answers.put = (...args) => {
    const kept = put(...args);
    puts.push(kept);
    return kept;
  };
  await route('alike', {});
});
afterAll(async () => {
  await gateway?.stop();
  await vectors?.stop();
});
beforeEach(async () => {
  records.length = 0;
  await gateway.app.get(SealedAnswers, { strict: false }).purge({});
  gateway.openai.reset(json(openAiAnswer));
  vectors.reset(embedding);
});

const route = (
  name: string,
  semantic: object,
  more: object = {},
  cache: object = { per: 'route' },
  ai: object = {},
) =>
  gateway.addRoute({
    name,
    match: { paths: [`/${name}`] },
    ai: { cache: { ...cache, semantic: { embedding_model: 'embeddings', ...semantic } }, ...ai },
    ...more,
  });

const user = (content: unknown) => [{ role: 'user', content }];

async function say(
  content: unknown,
  more: object = {},
  name = 'alike',
  headers: Record<string, string> = {},
) {
  const body = { model: 'gpt', messages: user(content), ...more };
  const got = await gateway.post(`/${name}/v1/chat/completions`, body, headers);
  const text = await got.text();
  // One that is kept is remembered by what it means after that.
  while (puts.length > 0) await Promise.all(puts.splice(0)).then(() => new Promise(setImmediate));
  return { status: got.status, cache: got.headers.get('x-gatehouse-cache'), headers: got.headers, text };
}

describe('an answer to a question that means the same', () => {
  it('is given, and told apart from one to the very same', async () => {
    expect((await say('How do I pay?')).cache).toBe('miss');
    const alike = await say('How can I pay?');
    expect(alike).toMatchObject({ status: 200, cache: 'semantic', text: JSON.stringify(openAiAnswer) });
    expect(alike.headers.get('x-gatehouse-cost')).toBe('0');
    expect((await say('How do I pay?')).cache).toBe('hit');
    expect((await say('Where do I pay?')).cache).toBe('miss');
    expect(gateway.openai.requests).toHaveLength(2);
  });

  it('has a record that says so, beside the one of the call for its vector, which has its price', async () => {
    await say('How do I pay?');
    records.length = 0;
    await say('How can I pay?');
    await new Promise(setImmediate);
    const [vector, answer] = [...records].sort(({ operation }) => (operation === 'embeddings' ? -1 : 1));
    expect(vector).toMatchObject({
      operation: 'embeddings',
      model: 'embeddings',
      provider: 'vectors',
      cost: 1_000_000,
      cache: undefined,
    });
    expect(answer).toMatchObject({
      operation: 'chat',
      model: 'gpt',
      cache: 'semantic',
      cost: 0,
      tries: 0,
      usage: {},
    });
    expect(answer!.saved).toBeGreaterThan(0);
    expect(vector!.id).toBe(answer!.id);
  });

  it('is never one where numbers, names or negations differ, however near it is', async () => {
    await say('How do I pay 5?');
    expect((await say('How do I pay 6?')).cache).toBe('miss');
  });

  it.each<[string, object]>([
    [
      'an earlier turn',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'y' },
          ...user('How can I pay?'),
        ],
      },
    ],
    ['the instructions', { messages: [{ role: 'system', content: 'x' }, ...user('How can I pay?')] }],
    ['a parameter', { temperature: 0.1 }],
    ['the form of the answer', { response_format: { type: 'json_object' } }],
  ])('is not given where %s differs', async (_, more) => {
    await say('How do I pay?');
    expect((await say('How can I pay?', more)).cache).toBe('miss');
  });

  it.each<[string, object]>([
    ['tools', { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] }],
    [
      'images',
      {
        messages: user([
          { type: 'text', text: 'How can I pay?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ]),
      },
    ],
    ['members that only one provider knows', { web_search_options: {} }],
    ['a text that is long', { messages: user('How can I pay? '.repeat(100)) }],
  ])('is not looked for with %s', async (_, more) => {
    await say('x', more);
    expect(vectors.requests).toHaveLength(0);
  });

  it('is of the same conversation', async () => {
    const before = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'y' },
    ];
    await say('', { messages: [...before, ...user('How do I pay?')] });
    expect((await say('', { messages: [...before, ...user('How can I pay?')] })).cache).toBe('semantic');
  });

  it('is streamed to who wants it so', async () => {
    await say('How do I pay?');
    const alike = await say('How can I pay?', { stream: true });
    expect(alike.cache).toBe('semantic');
    expect(alike.text).toContain('data: [DONE]');
    expect(alike.text).toContain('Hello!');
  });

  it('is never of somebody else', async () => {
    const issuer = await TestIssuer.start();
    await putIssuers(gateway, { name: 'one', issuer: issuer.url });
    const guards = [{ type: 'access_token', audience: AUDIENCE, issuers: ['one'] }];
    await route('own', {}, { guards }, {});
    const as = async (sub: string, text: string) => {
      const authorization = `Bearer ${await issuer.token({ aud: AUDIENCE, sub })}`;
      return (await say(text, {}, 'own', { authorization })).cache;
    };
    expect(await as('ada', 'How do I pay?')).toBe('miss');
    expect(await as('bob', 'How can I pay?')).toBe('miss');
    expect(await as('ada', 'How can I pay?')).toBe('semantic');
    await issuer.stop();
  });

  it('is one of the newest questions', async () => {
    await route('few', { max_entries: 1 });
    await say('How do I pay?', {}, 'few');
    await say('Where do I pay?', {}, 'few');
    expect((await say('How can I pay?', {}, 'few')).cache).toBe('miss');
  });
});

describe('without the vector of a question, the model is asked:', () => {
  it('where nobody makes one', async () => {
    vectors.reset(json({ error: {} }, 500));
    expect(await say('How do I pay?')).toMatchObject({ status: 200, cache: 'miss' });
  });

  it('where it is no vector', async () => {
    vectors.reset(json({ data: [{ embedding: ['x'] }] }));
    expect(await say('How do I pay?')).toMatchObject({ status: 200, cache: 'miss' });
  });

  it('where it takes too long', async () => {
    await route('hasty', { timeout: 0.1 });
    expect(await say('slow', {}, 'hasty')).toMatchObject({ status: 200, cache: 'miss' });
  });

  it('where the budget has nothing left for it', async () => {
    const about = { of: 'all', per: 'month', everywhere: false };
    await gateway.add('ai-budgets', { ...about, name: 'semantic-usd', unit: 'usd', limit: 0.000_001 });
    await gateway.add('ai-models', {
      name: 'free',
      targets: [{ provider: 'openai', model: 'x', price: { input: 0, output: 0 } }],
    });
    await route('poor', {}, {}, undefined, { budgets: ['semantic-usd'] });
    expect(await say('How do I pay?', { model: 'free' }, 'poor')).toMatchObject({
      status: 200,
      cache: 'miss',
    });
    expect(vectors.requests).toHaveLength(0);
  });
});

describe('budgets of requests', () => {
  it('count the call, and not the one for its vector', async () => {
    await gateway.add('ai-budgets', {
      name: 'semantic-requests',
      of: 'all',
      unit: 'requests',
      limit: 2,
      per: 'month',
      everywhere: false,
    });
    await route('counted', {}, {}, undefined, { budgets: ['semantic-requests'] });
    const got: (string | number | null)[][] = [];
    for (const text of ['How do I pay?', 'How can I pay?', 'How can I pay?']) {
      const { status, cache } = await say(text, {}, 'counted');
      got.push([status, cache]);
    }
    expect(got).toEqual([
      [200, 'miss'],
      [200, 'semantic'],
      [429, null],
    ]);
  });
});

describe('who makes the vector', () => {
  it('may be a model of Gemini', async () => {
    await gateway.addModel('gemini-embedding', ['gemini/e']);
    await route('by-gemini', { embedding_model: 'gemini-embedding' });
    gateway.gemini.reset(embedding);
    await say('How do I pay?', {}, 'by-gemini');
    expect((await say('How can I pay?', {}, 'by-gemini')).cache).toBe('semantic');
    expect(gateway.gemini.requests[0]!.path).toBe('/v1beta/models/e:embedContent');
    gateway.gemini.reset(json(geminiAnswer));
  });

  it('is a model that exists', async () => {
    const objects = gateway.app.get(ConfigObjects, { strict: false });
    const cache = { semantic: { embedding_model: 'nowhere' } };
    const missing = (pointer: string) => ({
      errors: [{ pointer, detail: 'names no AI model: create it first' }],
    });
    await expect(
      objects.create('routes', { name: 'bad', match: { paths: ['/bad'] }, guards: [], ai: { cache } }),
    ).rejects.toMatchObject(missing('/ai/cache/semantic/embedding_model'));
    await expect(
      objects.create('ai-models', { name: 'bad', targets: [{ provider: 'openai', model: 'x' }], cache }),
    ).rejects.toMatchObject(missing('/cache/semantic/embedding_model'));
  });

  it('is by default a small model in this process, for English', async () => {
    await route('built-in', { embedding_model: undefined, timeout: 30 });
    const pairs: [string, string, string][] = [
      ['How do I reset my password?', 'How can I reset my password?', 'semantic'],
      ['What is the capital of France?', "What's the capital of France?", 'semantic'],
      ['What is the capital of Spain?', 'What is the capital of Italy?', 'miss'],
      ['Convert 5 km to miles', 'Convert 6 km to miles', 'miss'],
      ['Is it safe to take aspirin?', 'Is it not safe to take aspirin?', 'miss'],
      ['How do I change my name?', 'How do I change my email address?', 'miss'],
    ];
    for (const [first, second, expected] of pairs) {
      expect([first, (await say(first, {}, 'built-in')).cache]).toEqual([first, 'miss']);
      expect([second, (await say(second, {}, 'built-in')).cache]).toEqual([second, expected]);
    }
    expect(vectors.requests).toHaveLength(0);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import pg from 'pg';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer, type ProviderServer, startProvider } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import { openAiAnswer } from './wire-shapes.js';

const LINES = Buffer.from(
  '{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5-mini"}}\n',
);
/** As the types of OpenAI's SDK have it. */
const USAGE = {
  input_tokens: 1_000_000,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 200_000,
  output_tokens_details: { reasoning_tokens: 50_000 },
  total_tokens: 1_200_000,
};
const COUNTS = { total: 40, completed: 39, failed: 1 };

let gateway: AiGateway;
let world: ConsumerWorld;
let server: ProviderServer;
let made = 0;
/** What is said of each batch from now on. */
let said: object;

const openAiBatches: ProviderAnswer = (request, response) => {
  const [, , kind, id] = request.path.split('/');
  if (kind === 'files')
    return json({ id: id ?? `file-${++made}`, object: 'file', purpose: 'batch' })(request, response);
  if (kind === 'chat') return json(openAiAnswer)(request, response);
  const batch = { id: id ?? `batch_${++made}`, object: 'batch', endpoint: '/v1/chat/completions' };
  const state = id === undefined ? { status: 'validating' } : said;
  return json({ ...batch, ...state })(request, response);
};
const over = (more: object = {}) => ({
  status: 'completed',
  model: 'gpt-5-mini-2025-08-07',
  usage: USAGE,
  request_counts: COUNTS,
  output_file_id: `file-out-${made}`,
  ...more,
});

beforeAll(async () => {
  [gateway, server] = await Promise.all([
    startAiGateway({ GATEHOUSE_USAGE_FLUSH_MS: '50' }, [RemembersModule]),
    startProvider(openAiBatches),
  ]);
  await gateway.add('ai-providers', {
    name: 'filing',
    type: 'openai',
    base_url: `${server.url}/v1`,
    keys: [{ name: 'main', key: 'key-one-0123456789abcdef' }],
  });
  world = new ConsumerWorld(gateway);
  await gateway.addRoute({
    name: 'filed',
    match: { paths: ['/filed'] },
    guards: [{ type: 'api_key' }],
    ai: { files: { provider: 'filing', batches: true } },
  });
});
afterAll(() => Promise.all([gateway?.stop(), server?.stop()]));
beforeEach(() => {
  records.length = 0;
  said = over();
});

const sdkOf = (apiKey: string) => new OpenAI({ baseURL: `${gateway.url}/filed/v1`, apiKey, maxRetries: 0 });
const keyOf = (consumer: string, name: string) => world.credential(name, { consumer, type: 'api_key' });

async function consumer(name: string): Promise<OpenAI> {
  await world.consumer(name);
  return sdkOf(await keyOf(name, `${name}-key`));
}

async function batchOf(sdk: OpenAI): Promise<string> {
  const file = await sdk.files.create({ file: await toFile(LINES, 'a.jsonl'), purpose: 'batch' });
  const batch = {
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const;
  return (await sdk.batches.create(batch)).id;
}

describe('a batch', () => {
  it('is counted once, however many fetch it when it is over, at half the price', async () => {
    const anna = await consumer('anna');
    const id = await batchOf(anna);
    said = { status: 'in_progress', request_counts: { total: 40, completed: 3, failed: 0 } };
    await anna.batches.retrieve(id);
    expect(records).toEqual([]);
    said = over();
    await Promise.all(Array.from({ length: 10 }, () => anna.batches.retrieve(id)));
    await anna.batches.retrieve(id);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      operation: 'batch',
      consumer: 'anna',
      credential: 'anna-key',
      model: 'gpt-5-mini-2025-08-07',
      provider: 'filing',
      key: 'main',
      usage: { input: 1_000_000, output: 200_000, reasoning: 50_000 },
      serviceTier: 'batch',
      // A million at 0.25 dollars, and a fifth of one at 2: half of it.
      cost: 325_000_000,
      tries: 39,
    });
    const database = new pg.Client(gateway.databaseUrl);
    await database.connect();
    try {
      const rows = async () =>
        (await database.query("SELECT cost, input_tokens FROM gateway.ai_usage WHERE operation = 'batch'"))
          .rows;
      for (let tries = 0; tries < 100 && (await rows()).length === 0; tries++) await sleep(50);
      expect(await rows()).toEqual([{ cost: expect.stringMatching(/^0\.3250*$/), input_tokens: '1000000' }]);
    } finally {
      await database.end();
    }
  });

  it('is counted for the key that made it, whichever one of the same caller fetches it', async () => {
    const first = await consumer('ben');
    const second = sdkOf(await keyOf('ben', 'ben-other'));
    const id = await batchOf(first);
    await second.batches.retrieve(id);
    expect(records).toMatchObject([{ consumer: 'ben', credential: 'ben-key' }]);
  });

  it('is charged to budgets, also beyond their limit: the next call is refused', async () => {
    const carla = await consumer('carla');
    const only = { consumers: ['carla'] };
    const about = { of: 'consumer', per: 'month', only };
    await gateway.add('ai-budgets', { ...about, name: 'money', unit: 'usd', limit: 0.2 });
    await gateway.add('ai-budgets', { ...about, name: 'calls', unit: 'requests', limit: 1_000 });
    const ask = () =>
      carla.chat.completions.create({
        model: 'gpt',
        messages: [{ role: 'user', content: 'Hi' }],
        max_tokens: 5,
      });
    gateway.openai.reset(json(openAiAnswer));
    expect((await ask()).choices).toHaveLength(1);
    await carla.batches.retrieve(await batchOf(carla));
    await expect(ask()).rejects.toMatchObject({ status: 429, code: 'budget_exceeded' });
    const own = await fetch(`${gateway.url}/.gatehouse/ai-budgets?route=filed&model=gpt`, {
      headers: { 'x-api-key': carla.apiKey as string },
    });
    const { budgets } = (await own.json()) as { budgets: { budget: string; spent: number }[] };
    const spent = Object.fromEntries(budgets.map(({ budget, spent }) => [budget, spent]));
    expect(spent.money).toBeCloseTo(0.325, 3);
    expect(spent.calls).toBe(40);
  });

  it('is not begun where a budget has nothing left, also by batches of which nobody has asked again', async () => {
    const hugo = await consumer('hugo');
    await gateway.add('ai-budgets', {
      ...{ name: 'hugo-money', of: 'consumer', unit: 'usd', limit: 0.2, per: 'month' },
      only: { consumers: ['hugo'] },
    });
    const id = await batchOf(hugo);
    expect(records).toEqual([]);
    const begun = () =>
      server.requests.filter(({ method, path }) => method === 'POST' && path === '/v1/batches').length;
    const before = begun();
    await expect(batchOf(hugo)).rejects.toMatchObject({ status: 429, code: 'budget_exceeded' });
    expect(begun()).toBe(before);
    expect(records).toMatchObject([{ operation: 'batch', consumer: 'hugo', cost: 325_000_000 }]);
    expect((await hugo.batches.retrieve(id)).status).toBe('completed');
    expect(records).toHaveLength(1);
  });

  it('that cannot be asked for does not keep another one from being begun', async () => {
    const ines = await consumer('ines');
    await batchOf(ines);
    server.reset((request, response) => {
      const isAsked = request.method === 'GET' && request.path.startsWith('/v1/batches/');
      if (isAsked) return json({ error: { message: 'Not now' } }, 500)(request, response);
      return openAiBatches(request, response);
    });
    expect(await batchOf(ines)).toMatch(/^batch_/);
    server.reset(openAiBatches);
  });

  it('costs by the target of its model, and by its own factor where that says one', async () => {
    const price = { input: 1, output: 10 };
    const target = { provider: 'filing', model: 'gpt-5-own', price, tiers: { batch: 0.25 } };
    await gateway.add('ai-models', { name: 'own-batch', targets: [target] });
    const dora = await consumer('dora');
    said = over({ model: 'gpt-5-own' });
    await dora.batches.retrieve(await batchOf(dora));
    expect(records).toMatchObject([{ cost: 750_000_000 }]);
  });

  it.each([
    ['cancelled in the middle', { status: 'cancelled' }, 325_000_000],
    ['expired', { status: 'expired' }, 325_000_000],
    ['of a provider that does not tell usage', { usage: undefined }, undefined],
    ['of a model that nobody knows', { model: 'nobody-knows' }, undefined],
  ])('is counted where it is %s', async (name, more, cost) => {
    const sdk = await consumer(`e-${name.replaceAll(/\W/g, '-')}`);
    said = over(more);
    await sdk.batches.retrieve(await batchOf(sdk));
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ tries: 39, cost });
  });

  it('of which the provider says nonsense is counted as far as rows have room', async () => {
    const sdk = await consumer('gina');
    const usage = { input_tokens: 1e300, output_tokens: 1.5, total_tokens: 1 };
    said = over({ usage, request_counts: { completed: 1e300 } });
    await sdk.batches.retrieve(await batchOf(sdk));
    expect(records).toMatchObject([{ usage: { input: 1e12, output: 2 }, tries: 10_000_000 }]);
  });

  it('that was not begun is not counted', async () => {
    const sdk = await consumer('fred');
    const id = await batchOf(sdk);
    for (const status of ['failed', 'cancelled']) {
      said = { status, request_counts: { total: 0, completed: 0, failed: 0 } };
      await sdk.batches.retrieve(id);
    }
    expect(records).toEqual([]);
  });
});

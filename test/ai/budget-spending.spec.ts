import { type AdministeredGateway, startAdministeredGateway } from '../gateway/administered-gateway.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { json, type ProviderServer, startProvider } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

const PRICE = { input: 0, output: 10 };

describe('what is used of budgets', () => {
  let gateway: AdministeredGateway;
  let provider: ProviderServer;
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    [gateway, provider] = await Promise.all([
      startAdministeredGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }),
      startProvider(),
    ]);
    await gateway.add('ai-providers', { name: 'own', type: 'openai', base_url: `${provider.url}/v1` });
    const targets = [{ provider: 'own', model: 'mine', price: PRICE }];
    await gateway.add('ai-models', { name: 'mine', targets });
    const world = new ConsumerWorld(gateway);
    for (const consumer of ['ada', 'bob', 'cy']) {
      await world.consumer(consumer);
      keys[consumer] = await world.credential(`${consumer}-key`, { consumer, type: 'api_key' });
    }
    const about = { per: 'month', time_zone: 'Europe/Berlin' };
    await gateway.add('ai-budgets', { ...about, name: 'dollars', of: 'consumer', unit: 'usd', limit: 0.01 });
    await gateway.add('ai-budgets', { ...about, name: 'calls', of: 'all', unit: 'requests', limit: 100 });
    const elsewhere = { name: 'elsewhere', of: 'all', unit: 'requests', limit: 5, everywhere: false };
    await gateway.add('ai-budgets', { ...about, ...elsewhere });
    await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {}, guards: [{ type: 'api_key' }] });
    await gateway.addRoute({ name: 'open', match: { paths: ['/open'] }, ai: {} });
    provider.reset(json({ ...openAiAnswer, usage: { prompt_tokens: 9, completion_tokens: 100 } }));
    for (const consumer of ['ada', 'bob', 'ada']) await (await ask(consumer)).arrayBuffer();
  });
  afterAll(async () => {
    await gateway?.stop();
    await provider?.stop();
  });

  const ask = (consumer: string) =>
    fetch(`${gateway.url}/ai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': keys[consumer]! },
      body: JSON.stringify({ model: 'mine', max_tokens: 200, messages: [] }),
    });
  const own = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/.gatehouse/ai-budgets?${query}`, { headers });
  const spending = (name: string, query = '') => gateway.admin('GET', `/ai-budgets/${name}/spending${query}`);

  it('is told to administrators, by holder', async () => {
    const { status, json: told } = await spending('dollars');
    expect([status, told]).toEqual([
      200,
      {
        budget: 'dollars',
        of: 'consumer',
        unit: 'usd',
        limit: 0.01,
        per: 'month',
        time_zone: 'Europe/Berlin',
        starts_at: expect.stringMatching(/T2[23]:00:00/),
        ends_at: expect.stringMatching(/T2[23]:00:00/),
        holders: [
          { holder: 'consumer:ada', spent: 0.002, reserved: 0, left: 0.008 },
          { holder: 'consumer:bob', spent: 0.001, reserved: 0, left: 0.009 },
        ],
      },
    ]);
  });

  it('is told of one holder, and in pages', async () => {
    const holders = async (query: string) => {
      const { json: told } = await spending('dollars', query);
      return [(told.holders as { holder: string }[]).map(({ holder }) => holder), told.next];
    };
    expect(await holders('?holder=consumer:bob')).toEqual([['consumer:bob'], undefined]);
    expect(await holders('?limit=1')).toEqual([['consumer:ada'], 'consumer:ada']);
    expect(await holders('?limit=1&after=consumer:ada')).toEqual([['consumer:bob'], undefined]);
    expect((await spending('nothing')).status).toBe(404);
    expect((await spending('dollars', '?limit=0')).status).toBe(422);
    expect((await fetch(`${gateway.url}/admin/v1/ai-budgets/dollars/spending`)).status).toBe(401);
  });

  it('tells apart what is spent and what is reserved for calls under way', async () => {
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((done) =>
      provider.reset((request, response) => {
        answer = () => void json(openAiAnswer)(request, response);
        done();
      }),
    );
    const call = ask('cy');
    await asked;
    const { json: told } = await spending('dollars', '?holder=consumer:cy');
    expect(told.holders).toEqual([{ holder: 'consumer:cy', spent: 0, reserved: 0.002, left: 0.008 }]);
    answer!();
    await (await call).arrayBuffer();
  });

  it('is told to callers, of the budgets that would count their call', async () => {
    const got = await own('route=ai&model=mine', { 'x-api-key': keys.ada! });
    expect(got.headers.get('cache-control')).toBe('no-store');
    const { budgets } = (await got.json()) as { budgets: object[] };
    expect(budgets).toEqual([
      expect.objectContaining({ budget: 'calls', holder: 'all', limit: 100, spent: 4 }),
      expect.objectContaining({
        budget: 'dollars',
        holder: 'consumer:ada',
        limit: 0.01,
        spent: 0.002,
        left: 0.008,
      }),
    ]);
    const [{ spent }] = (
      (await (await own('route=ai&model=mine', { 'x-api-key': keys.bob! })).json()) as {
        budgets: [unknown, { spent: number }];
      }
    ).budgets.slice(1) as [{ spent: number }];
    expect(spent).toBe(0.001);
  });

  it('is told to nobody without credentials of a route', async () => {
    expect((await own('route=ai&model=mine')).status).toBe(401);
    expect((await own('route=open&model=mine')).status).toBe(404);
    expect((await own('route=ai', { 'x-api-key': keys.ada! })).status).toBe(422);
  });
});

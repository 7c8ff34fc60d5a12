import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { anthropicAnswer, openAiAnswer, openAiStream } from './wire-shapes.js';

const HI = { messages: [{ role: 'user', content: 'Hi' }] };

let gateway: AiGateway;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  gateway = await startAiGateway({
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    GATEHOUSE_USAGE_FLUSH_MS: '50',
  });
  const price = { input: 1, output: 10 };
  await gateway.add('ai-models', { name: 'own', targets: [{ provider: 'openai', model: 'mine', price }] });
  await gateway.addModel('unpriced', ['openai/mine']);
  await gateway.addModel('strict', ['openai/mine'], { unknown_price: 'refuse' });
  await gateway.addModel('strict-both', ['openai/mine', 'anthropic/claude-opus-4-5'], {
    unknown_price: 'refuse',
  });
});
afterAll(() => gateway?.stop());
beforeEach(() => {
  gateway.openai.reset(json(openAiAnswer));
  gateway.anthropic.reset(json(anthropicAnswer));
});

const ask = (model: string, more: object = {}) =>
  gateway.post('/ai/v1/chat/completions', { model, ...HI, ...more });

async function keptCost(id: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    for (let i = 0; i < 100; i++) {
      const { rows } = await client.query<{ cost: string }>(
        'SELECT trim_scale(cost) AS cost FROM gateway.ai_usage WHERE call_id = $1',
        [id],
      );
      if (rows[0]) return rows[0].cost;
      await sleep(20);
    }
  } finally {
    await client.end();
  }
  return 'no row';
}

describe('the cost of an AI call', () => {
  it.each([
    ['gpt', '0.00000825'],
    ['claude', '0.000122'],
    ['own', '0.000039'],
  ])('of %s is in the answer and in the row of usage', async (model, cost) => {
    const got = await ask(model);
    expect(got.status).toBe(200);
    expect(got.headers.get('x-gatehouse-cost')).toBe(cost);
    expect(await keptCost(got.headers.get('x-request-id')!)).toBe(cost);
  });

  it('of a stream is in the row alone', async () => {
    gateway.openai.reset(stream(openAiStream));
    const got = await ask('own', { stream: true });
    await got.text();
    expect(got.headers.get('x-gatehouse-cost')).toBeNull();
    expect(await keptCost(got.headers.get('x-request-id')!)).toBe('0.000039');
  });

  it('is not told where nobody knows it', async () => {
    const got = await ask('unpriced');
    expect(got.status).toBe(200);
    expect(got.headers.get('x-gatehouse-cost')).toBeNull();
    expect(await keptCost(got.headers.get('x-request-id')!)).toBeNull();
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/gatehouse_ai_unpriced_calls_total\{model="unpriced",provider="openai",.*\} 1/);
    expect(metrics).toMatch(/gatehouse_ai_cost_dollars_total\{model="own",provider="openai",.*\} 0.0000\d/);
  });
});

describe('a target without a price', () => {
  it('is not asked where unknown prices are refused', async () => {
    const got = await ask('strict');
    expect([got.status, ((await got.json()) as { error: { code: string } }).error.code]).toEqual([
      403,
      'price_unknown',
    ]);
    expect(gateway.openai.requests).toHaveLength(0);
  });

  it('gives way to one with a price', async () => {
    expect((await ask('strict-both')).status).toBe(200);
    expect(gateway.openai.requests).toHaveLength(0);
  });
});

describe('dear ways to be served', () => {
  const price = { input: 1, output: 10 };
  const target = { provider: 'openai', model: 'mine', price, tiers: { priority: 2, flex: 0.5 } };

  beforeAll(async () => {
    await gateway.add('ai-models', { name: 'tiered', targets: [target] });
    await gateway.add('ai-models', {
      name: 'tiered-claude',
      targets: [{ provider: 'anthropic', model: 'x', price }],
    });
    const narrow = { ...target, price: { input: 0, output: 100_000 } };
    await gateway.add('ai-models', { name: 'narrow', targets: [narrow] });
    const only = { models: ['tiered', 'tiered-claude', 'narrow'] };
    await gateway.add('ai-budgets', {
      name: 'money',
      unit: 'usd',
      limit: 1,
      per: 'day',
      of: 'all',
      everywhere: true,
      only,
    });
  });

  it.each([
    [{}, '0.000039'],
    [{ service_tier: 'auto' }, '0.000039'],
    [{ service_tier: 'priority' }, '0.000078'],
    [{ service_tier: 'flex' }, '0.0000195'],
  ])('cost by the factor of the target: %o', async (more, cost) => {
    // It serves what is asked for; what becomes of others is in served-tiers.spec.ts.
    gateway.openai.reset(json({ ...openAiAnswer, ...more }));
    const got = await ask('tiered', more);
    expect([got.status, got.headers.get('x-gatehouse-cost')]).toEqual([200, cost]);
    expect(gateway.openai.requests[0]!.json).toMatchObject(more);
  });

  it.each([
    ['/ai/v1/chat/completions', 'tiered', { service_tier: 'fast' }, '/service_tier'],
    ['/ai/v1/responses', 'tiered', { input: 'Hi', service_tier: 'scale' }, '/service_tier'],
    ['/ai/v1/messages', 'tiered-claude', { max_tokens: 9, speed: 'fast' }, '/speed'],
    ['/ai/v1/messages', 'tiered-claude', { max_tokens: 9, inference_geo: 'us' }, '/inference_geo'],
    // Every object has members of these names: none of them is a factor.
    ['/ai/v1/chat/completions', 'tiered', { service_tier: 'constructor' }, '/service_tier'],
    ['/ai/v1/chat/completions', 'tiered', { service_tier: 'toString' }, '/service_tier'],
    ['/ai/v1/messages', 'tiered-claude', { max_tokens: 9, speed: '__proto__' }, '/speed'],
  ])(
    'are refused where money is counted and nobody knows their price: %s %s %o',
    async (path, model, more, pointer) => {
      const got = await gateway.post(path, { model, ...HI, ...more });
      expect([got.status, await got.text()]).toEqual([
        400,
        expect.stringContaining(`${pointer}: nobody knows`),
      ]);
      expect([...gateway.openai.requests, ...gateway.anthropic.requests]).toHaveLength(0);
    },
  );

  it('are let through where no money is counted, and left out for another dialect', async () => {
    expect((await ask('own', { service_tier: 'priority' })).status).toBe(200);
    expect((await ask('tiered-claude', { service_tier: 'priority' })).status).toBe(200);
    expect(gateway.anthropic.requests[0]!.json).not.toHaveProperty('service_tier');
  });

  it('are reserved for: a budget is never overspent by them', async () => {
    const dear = { max_tokens: 6, service_tier: 'priority' };
    expect((await ask('narrow', dear)).status).toBe(429);
    expect((await ask('narrow', { ...dear, service_tier: 'default' })).status).toBe(200);
  });
});

describe('models that a provider is to take instead', () => {
  it.each([
    ['/ai/v1/messages', 'claude', { max_tokens: 9, fallbacks: [{ model: 'claude-opus-5', speed: 'fast' }] }],
    ['/ai/v1/chat/completions', 'gpt', { models: ['openai/gpt-5-pro'] }],
    ['/ai/v1/chat/completions', 'gpt', { Models: ['openai/gpt-5-pro'] }],
  ])('are refused: %s %s %o', async (path, model, more) => {
    expect((await gateway.post(path, { model, ...HI, ...more })).status).toBe(400);
  });
});

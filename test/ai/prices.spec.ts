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

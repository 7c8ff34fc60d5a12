import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { AiCallRecord } from '../../apps/gateway/src/extension.js';
import { UsageRetention } from '../../apps/gateway/src/usage/usage-retention.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import {
  anthropicAnswer,
  anthropicStream,
  anthropicStreamStart,
  anthropicStreamText,
  geminiStream,
  openAiAnswer,
  openAiStream,
  openAiStreamStart,
  openAiStreamText,
} from './wire-shapes.js';

const HI = { messages: [{ role: 'user', content: 'Hi' }] };

let gateway: AiGateway;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  gateway = await startAiGateway(
    { GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort), GATEHOUSE_USAGE_FLUSH_MS: '100' },
    [RemembersModule],
    { openai: { timeouts: { first_token: 1, between_tokens: 0.3, total: 5 } } },
  );
  await gateway.addModel('both', ['openai/x', 'anthropic/y'], { retries: { tries: 1 } });
  await gateway.addRoute({
    name: 'limited',
    match: { paths: ['/limited'] },
    ai: {},
    limits: [{ by: 'address', limit: 1, window: 60 }],
  });
});
afterAll(() => gateway?.stop());
beforeEach(() => void (records.length = 0));

async function recordOf(call: () => Promise<unknown>): Promise<AiCallRecord> {
  await call();
  for (let i = 0; i < 100 && records.length === 0; i++) await sleep(10);
  expect(records).toHaveLength(1);
  return records[0]!;
}

const read = async (path: string, body: object) => (await gateway.post(path, body)).text();

describe('the record of an AI call', () => {
  it('says who answered and what it took', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const record = await recordOf(() => read('/ai/v1/chat/completions', { model: 'gpt', ...HI }));
    expect(record).toMatchObject({
      route: 'ai',
      operation: 'chat',
      dialect: 'openai',
      model: 'gpt',
      provider: 'openai',
      servedModel: 'gpt-5-mini',
      key: 'main',
      stream: false,
      status: 200,
      finish: 'stop',
      fault: undefined,
      tries: 1,
      firstTokenMs: undefined,
      usage: { input: 9, output: 3 },
      estimated: false,
    });
    expect(JSON.stringify(record)).not.toContain('secret');
  });

  it.each([
    ['openai', 'gpt', '/ai/v1/chat/completions', openAiStream, { input: 9, output: 3 }],
    ['anthropic', 'claude', '/ai/v1/messages', anthropicStream, { input: 13, output: 3, cacheRead: 4 }],
    [
      'anthropic',
      'claude',
      '/ai/v1/chat/completions',
      anthropicStream,
      { input: 13, output: 3, cacheRead: 4 },
    ],
    ['openai', 'gpt', '/ai/v1/messages', openAiStream, { input: 9, output: 3 }],
    ['gemini', 'flash', '/ai/v1/messages', geminiStream, { input: 9, output: 3 }],
  ] as const)(
    'of a stream of %s/%s by %s has its usage and first token',
    async (provider, model, path, bytes, usage) => {
      gateway[provider].reset(stream(bytes));
      const record = await recordOf(() => read(path, { model, stream: true, max_tokens: 9, ...HI }));
      expect(record).toMatchObject({
        model,
        provider,
        stream: true,
        finish: 'stop',
        usage,
        estimated: false,
      });
      expect(record.firstTokenMs).toBeGreaterThan(0);
      expect(record.firstTokenMs).toBeLessThanOrEqual(record.ms);
    },
  );

  it('counts tries, and names the last one asked', async () => {
    gateway.openai.reset(json({}, 500));
    gateway.anthropic.reset(json(anthropicAnswer));
    const record = await recordOf(() => read('/ai/v1/chat/completions', { model: 'both', ...HI }));
    expect(record).toMatchObject({ provider: 'anthropic', servedModel: 'y', tries: 2, usage: { output: 3 } });
  });

  it.each([
    [
      { model: 'nowhere', ...HI },
      { model: undefined, status: 404, fault: 'model_not_found', tries: 0 },
    ],
    [
      { model: 'claude', stream: 1 },
      { status: 400, fault: 'invalid_request', tries: 0 },
    ],
    [
      { model: 'gpt', ...HI },
      { status: 502, fault: 'upstream_failed', tries: 2, provider: 'openai' },
    ],
  ])('of %o says what went wrong', async (body, expected) => {
    gateway.openai.reset(json({}, 500));
    expect(await recordOf(() => read('/ai/v1/chat/completions', body))).toMatchObject({
      usage: {},
      ...expected,
    });
  });

  it('is there when the caller goes away in the middle, with a guess of what was used (LiteLLM #8349, #36882)', async () => {
    gateway.openai.reset((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(openAiStreamStart + openAiStreamText);
    });
    const record = await recordOf(async () => {
      const gone = new AbortController();
      const got = await fetch(`${gateway.url}/ai/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'gpt', stream: true, ...HI }),
        signal: gone.signal,
      });
      await got.body!.getReader().read();
      gone.abort();
    });
    expect(record).toMatchObject({ fault: 'caller_gone', provider: 'openai', estimated: true });
    expect(record.usage.output).toBeGreaterThan(0);
    expect(record.usage.input).toBeGreaterThan(0);
  });

  it('is there when the provider breaks off, with what it told', async () => {
    gateway.anthropic.reset(stream(anthropicStreamStart + anthropicStreamText));
    const body = { model: 'claude', stream: true, max_tokens: 9, ...HI };
    const record = await recordOf(() => read('/ai/v1/messages', body));
    expect(record).toMatchObject({
      status: 200,
      fault: 'upstream_stream_failed',
      estimated: true,
      usage: { input: 13, output: 2 },
    });
  });

  it('is not there for calls that limits refuse: no model was asked', async () => {
    gateway.openai.reset(json(openAiAnswer));
    await recordOf(() => read('/limited/v1/chat/completions', { model: 'gpt', ...HI }));
    expect((await gateway.post('/limited/v1/chat/completions', { model: 'gpt', ...HI })).status).toBe(429);
    expect(records).toHaveLength(1);
  });
});

it('a row of gateway.ai_usage for each call', async () => {
  gateway.openai.reset(stream(openAiStream));
  const got = await gateway.post('/ai/v1/chat/completions', { model: 'gpt', stream: true, ...HI });
  await got.text();
  await sleep(500);
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT * FROM gateway.ai_usage WHERE call_id = $1', [
    got.headers.get('x-request-id'),
  ]);
  await client.end();
  expect(rows).toEqual([
    expect.objectContaining({
      route: 'ai',
      operation: 'chat',
      dialect: 'openai',
      model: 'gpt',
      provider: 'openai',
      served_model: 'gpt-5-mini',
      key_name: 'main',
      stream: true,
      status: 200,
      finish: 'stop',
      fault: null,
      tries: '1',
      input_tokens: '9',
      output_tokens: '3',
      cost: '0.000008250',
      calls: '1',
    }),
  ]);
});

it('a row for a call that wants more output than there is keeps no other rows away', async () => {
  const budget = { of: 'all', unit: 'requests', limit: 100, per: 'day', everywhere: false };
  await gateway.add('ai-budgets', { name: 'counted', ...budget });
  await gateway.addRoute({ name: 'counted', match: { paths: ['/counted'] }, ai: { budgets: ['counted'] } });
  const path = '/counted/v1/chat/completions';
  const most = Number.MAX_SAFE_INTEGER;
  gateway.openai.reset(() => undefined);
  await fetch(gateway.url + path, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt', n: most, max_completion_tokens: most, ...HI }),
    signal: AbortSignal.timeout(100),
  }).catch(() => undefined);
  gateway.openai.reset(json(openAiAnswer));
  await read(path, { model: 'gpt', ...HI });
  await sleep(500);
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ output_tokens: string }>(
    "SELECT output_tokens FROM gateway.ai_usage WHERE route = 'counted' ORDER BY at",
  );
  await client.end();
  expect(rows.map((row) => row.output_tokens)).toEqual(['1000000000000', '3']);
});

it('rows are removed with those of calls (GATEHOUSE_USAGE_RETENTION_DAYS)', async () => {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  await client.query("UPDATE gateway.ai_usage SET at = now() - interval '91 days'");
  const { rowCount } = await client.query('SELECT 1 FROM gateway.ai_usage');
  expect(rowCount).toBeGreaterThan(0);
  await gateway.app.get(UsageRetention, { strict: false }).removeExpired();
  expect((await client.query('SELECT 1 FROM gateway.ai_usage')).rowCount).toBe(0);
  await client.end();
});

it('metrics by model, provider, outcome and kind of token', async () => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = (name: string, labels: string) =>
    text.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels));
  expect(line('gatehouse_ai_calls_total', 'model="gpt",provider="openai",outcome="answered"')).toBeDefined();
  expect(
    line('gatehouse_ai_calls_total', 'model="none",provider="none",outcome="model_not_found"'),
  ).toBeDefined();
  expect(
    line('gatehouse_ai_tokens_total', 'model="claude",provider="anthropic",kind="cache_read"'),
  ).toBeDefined();
  expect(
    line('gatehouse_ai_time_to_first_token_seconds_count', 'model="gpt",provider="openai"'),
  ).toBeDefined();
  expect(text).not.toContain('nowhere');
});

import { freePort } from '../../apps/launcher/src/ports.js';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { type RunningApp, startApp, TEST_SECRET } from '../support/app.js';
import {
  attributesOf,
  type OtlpCollector,
  SPAN_KIND_CLIENT,
  startOtlpCollector,
  STATUS_CODE_ERROR,
} from '../support/otlp-collector.js';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { anthropicAnswer, anthropicStream, geminiAnswer, openAiAnswer, openAiStream } from './wire-shapes.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

let collector: OtlpCollector;
let auth: AuthServer;
let store: RedisServer;
let world: AiGateway;
let gateway: RunningApp;
let page: string;

const spanOf = (model: string) =>
  collector.spans.find((one) => attributesOf(one)['gatehouse.ai.model'] === model)!;

const HI = [{ role: 'user', content: 'What nobody is to see' }];

/** All calls are made first: what is exported is exported at the stop, at the latest. */
beforeAll(async () => {
  collector = await startOtlpCollector();
  [auth, store] = await Promise.all([
    AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET }),
    RedisServer.start(),
  ]);
  world = await startAiGateway({ REDIS_URL: store.url });
  await world.addModel('broken', ['openai/x'], { retries: { tries: 1 } });
  await world.addModel('vectors', ['openai/text-embedding-3-small']);
  const words = { name: 'words', type: 'words', action: 'block', settings: { words: ['nobody'] } };
  await world.add('ai-guardrails', words);
  await world.addRoute({ name: 'refusing', match: { paths: ['/refusing'] }, ai: { guardrails: ['words'] } });
  const consumers = new ConsumerWorld(world);
  await consumers.consumer('app');
  const key = await consumers.credential('app-key', { consumer: 'app', type: 'api_key' });
  await world.add('teams', { name: 'red', consumers: ['app'] });
  await world.addRoute({ name: 'team', match: { paths: ['/team'] }, ai: {}, guards: [{ type: 'api_key' }] });
  // What is configured stays: the exporters run in a process of their own.
  await world.close();
  const metricsPort = await freePort();
  gateway = await startApp('gateway', {
    DATABASE_URL: world.databaseUrl,
    REDIS_URL: store.url,
    GATEHOUSE_ISSUER: ISSUER,
    GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
    GATEHOUSE_GATEWAY_URL: GATEWAY,
    GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  await makeCalls(key);
  page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  await gateway.stop();
}, 180_000);

async function makeCalls(key: string): Promise<void> {
  const call = async (path: string, body: object, headers = {}) => {
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(`${gateway.url}${path}`, init)).text();
  };
  const { openai, anthropic, gemini } = world;
  openai.reset(json(openAiAnswer));
  const traced = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
  await call('/ai/v1/chat/completions', { model: 'gpt', messages: HI }, traced);
  anthropic.reset(stream(anthropicStream));
  await call('/ai/v1/chat/completions', { model: 'claude', messages: HI, stream: true });
  gemini.reset(json(geminiAnswer));
  await call('/ai/v1/messages', { model: 'flash', max_tokens: 9, messages: HI });
  openai.reset(json({ error: { message: 'no' } }, 500));
  await call('/ai/v1/chat/completions', { model: 'broken', messages: HI });
  const usage = { prompt_tokens: 2, total_tokens: 2 };
  openai.reset(json({ object: 'list', model: 'text-embedding-3-small', data: [], usage }));
  await call('/ai/v1/embeddings', { model: 'vectors', input: 'x' });
  openai.reset(stream(openAiStream));
  await call('/refusing/v1/chat/completions', { model: 'gpt', messages: HI, stream: true });
  await call('/team/v1/chat/completions', { model: 'gpt', messages: HI, stream: true }, { 'x-api-key': key });
}

afterAll(async () => {
  await gateway?.stop();
  await world?.stop();
  await auth?.stop();
  await store?.stop();
  collector?.stop();
});

describe('OpenTelemetry semantic conventions for generative AI: spans', () => {
  it('an inference is a client span in the trace of the call', () => {
    const span = spanOf('gpt');
    const server = collector.spans.find(
      ({ traceId, kind }) => traceId === TRACE && kind !== SPAN_KIND_CLIENT,
    )!;
    expect(span).toMatchObject({
      name: 'chat gpt-5-mini',
      kind: SPAN_KIND_CLIENT,
      traceId: TRACE,
      parentSpanId: server.spanId,
    });
    expect(Number(span.endTimeUnixNano)).toBeGreaterThan(Number(span.startTimeUnixNano));
    expect(attributesOf(span)).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.request.stream': false,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(world.openai.url).port),
      'gatehouse.ai.model': 'gpt',
      'gatehouse.route': 'ai',
    });
  });

  it('a stream says when its first chunk came, and what model answered', () => {
    const attributes = attributesOf(spanOf('claude'));
    expect(attributes).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.response.model': 'claude-opus-4-5-20251101',
      'gen_ai.usage.input_tokens': 13,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.request.stream': true,
    });
    expect(attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  });

  it('providers have the names of the conventions', () => {
    expect(attributesOf(spanOf('flash'))).toMatchObject({
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.response.model': 'gemini-2.5-flash',
    });
    expect(attributesOf(spanOf('vectors'))).toMatchObject({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': 2,
    });
  });

  it('one that failed has error.type and the status of an error', () => {
    const span = spanOf('broken');
    expect(span.status.code).toBe(STATUS_CODE_ERROR);
    expect(attributesOf(span)).toMatchObject({ 'error.type': 'upstream_failed' });
  });

  it('a call that nobody was asked for has none, and none says what was said', () => {
    expect(collector.spans.filter((one) => attributesOf(one)['gatehouse.route'] === 'refusing')).toEqual([]);
    expect(JSON.stringify([collector.spans, collector.metrics])).not.toMatch(/nobody|Hello|secret/);
    expect(anthropicAnswer.content[0]!.text).toBe('Hello!');
  });
});

describe('OpenTelemetry semantic conventions for generative AI: metrics', () => {
  const pointsOf = (name: string) =>
    collector.metrics
      .filter((one) => one.name === name)
      .flatMap(({ unit, histogram }) =>
        histogram.dataPoints.map((point) => ({ ...point, unit, of: attributesOf(point) })),
      );

  it('gen_ai.client.token.usage', () => {
    const points = pointsOf('gen_ai.client.token.usage').filter(
      ({ of }) => of['gen_ai.provider.name'] === 'anthropic',
    );
    expect(points).toHaveLength(2);
    const input = points.find(({ of }) => of['gen_ai.token.type'] === 'input')!;
    expect(input).toMatchObject({
      unit: '{token}',
      count: 1,
      sum: 13,
      explicitBounds: expect.arrayContaining([1, 4, 67_108_864]),
    });
    expect(input.of).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude-opus-4-5',
      'gen_ai.response.model': 'claude-opus-4-5-20251101',
      'server.address': '127.0.0.1',
    });
  });

  it('gen_ai.client.operation.duration, with error.type', () => {
    const points = pointsOf('gen_ai.client.operation.duration');
    expect(points.find(({ of }) => of['error.type'] === 'upstream_failed')).toMatchObject({
      unit: 's',
      count: 1,
    });
    expect(points.find(({ of }) => of['gen_ai.provider.name'] === 'gcp.gemini')!.sum).toBeGreaterThan(0);
  });

  it('gen_ai.client.operation.time_to_first_chunk, of streams alone', () => {
    const points = pointsOf('gen_ai.client.operation.time_to_first_chunk');
    expect(points.map(({ of }) => of['gen_ai.provider.name']).sort()).toEqual(['anthropic', 'openai']);
  });
});

describe('Prometheus', () => {
  it('has tokens per second by model', () => {
    expect(page).toMatch(/^gatehouse_ai_output_tokens_per_second_count\{.*model="claude".*\} 1$/m);
    expect(page).not.toMatch(/^gatehouse_ai_output_tokens_per_second_count\{.*model="vectors"/m);
  });

  it('has cost, tokens, time to the first token and speed by team', () => {
    expect(page).toMatch(/^gatehouse_ai_team_cost_dollars_total\{.*team="red",model="gpt".*\} 0\.0000/m);
    expect(page).toMatch(/^gatehouse_ai_team_tokens_total\{.*team="red",model="gpt",kind="output".*\} 3$/m);
    expect(page).toMatch(/^gatehouse_ai_team_time_to_first_token_seconds_count\{.*team="red".*\} 1$/m);
    expect(page).toMatch(/^gatehouse_ai_team_output_tokens_per_second_count\{.*team="red".*\} 1$/m);
  });
});

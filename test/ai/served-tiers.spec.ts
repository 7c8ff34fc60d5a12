import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import { anthropicAnswer, anthropicStream, openAiAnswer, openAiStream } from './wire-shapes.js';

const HI = { messages: [{ role: 'user', content: 'Hi' }] };
/** 9 tokens of input and 3 of output: 39 millionths of a dollar. */
const PRICE = { input: 1, output: 10 };
const PLAIN = 39_000;
const TIERS = { priority: 2, flex: 0.5, fast: 6, us: 1.1 };

let gateway: AiGateway;

beforeAll(async () => {
  gateway = await startAiGateway({ GATEHOUSE_USAGE_FLUSH_MS: '50' }, [RemembersModule]);
  for (const provider of ['openai', 'anthropic']) {
    const target = { provider, model: 'x', price: PRICE, tiers: TIERS };
    await gateway.add('ai-models', { name: `${provider}-tiers`, targets: [target] });
  }
});
afterAll(() => gateway?.stop());
beforeEach(() => void (records.length = 0));

async function recordOf(path: string, body: object) {
  await (await gateway.post(path, { ...HI, ...body })).text();
  for (let tries = 0; tries < 200 && records.length === 0; tries++) await sleep(10);
  return records[0]!;
}

const events = (text: string, more: object) =>
  text.replaceAll(
    /^data: (\{.*\})$/gm,
    (_, one: string) => `data: ${JSON.stringify({ ...JSON.parse(one), ...more })}`,
  );

describe('a call costs as its provider says that it served it', () => {
  it.each<[string, object, object, number]>([
    ['no better than usual', { service_tier: 'priority' }, { service_tier: 'default' }, 1],
    ['as it was asked', { service_tier: 'priority' }, { service_tier: 'priority' }, 2],
    ['as its project has it', { service_tier: 'auto' }, { service_tier: 'flex' }, 0.5],
    ['as its project has it, unasked', {}, { service_tier: 'priority' }, 2],
    ['and does not say how', { service_tier: 'priority' }, { service_tier: undefined }, 2],
    ['in a way of which nobody knows the price', { service_tier: 'priority' }, { service_tier: 'new' }, 2],
    ['in a way of which nobody knows the price, unasked', {}, { service_tier: 'new' }, 1],
    ['with a text that is none', {}, { service_tier: 7 }, 1],
  ])('OpenAI, %s: %o, %o', async (_, asked, served, factor) => {
    gateway.openai.reset(json({ ...openAiAnswer, ...served }));
    const whole = await recordOf('/ai/v1/chat/completions', { model: 'openai-tiers', ...asked });
    const { service_tier: tier } = served as { service_tier?: unknown };
    const serviceTier = typeof tier === 'string' ? tier : undefined;
    expect(whole).toMatchObject({ cost: PLAIN * factor, serviceTier });
    records.length = 0;
    gateway.openai.reset(stream(events(openAiStream, served)));
    const streamed = { model: 'openai-tiers', stream: true, ...asked };
    expect(await recordOf('/ai/v1/chat/completions', streamed)).toMatchObject({
      cost: PLAIN * factor,
      serviceTier,
    });
  });

  const usage = { input_tokens: 9, output_tokens: 3 };

  it.each<[object, object, number, string | undefined]>([
    [
      { speed: 'fast' },
      { service_tier: 'standard', speed: 'standard', inference_geo: 'us' },
      1.1,
      'standard standard us',
    ],
    [
      { speed: 'fast' },
      { service_tier: 'priority', speed: 'fast', inference_geo: 'not_available' },
      12,
      'priority fast',
    ],
    [{ speed: 'fast' }, { service_tier: 'standard' }, 6, 'standard'],
    [{}, { service_tier: null, speed: null }, 1, undefined],
  ])('Anthropic: %o, %o', async (asked, served, factor, serviceTier) => {
    gateway.anthropic.reset(json({ ...anthropicAnswer, usage: { ...usage, ...served } }));
    const body = { model: 'anthropic-tiers', max_tokens: 9, ...asked };
    expect(await recordOf('/ai/v1/messages', body)).toMatchObject({ cost: PLAIN * factor, serviceTier });
  });

  it('Anthropic, in a stream: the beginning says it', async () => {
    const served = { input_tokens: 9, output_tokens: 1, service_tier: 'priority' };
    const text = anthropicStream.replace(/"usage":\{[^}]*\}/, `"usage":${JSON.stringify(served)}`);
    gateway.anthropic.reset(stream(text));
    const record = await recordOf('/ai/v1/messages', {
      model: 'anthropic-tiers',
      max_tokens: 9,
      stream: true,
    });
    expect(record).toMatchObject({ cost: PLAIN * 2, serviceTier: 'priority' });
  });

  it('a provider of another dialect is told of no tier, and believed all the same', async () => {
    gateway.anthropic.reset(json({ ...anthropicAnswer, usage: { ...usage, service_tier: 'priority' } }));
    const body = { model: 'anthropic-tiers', service_tier: 'flex' };
    expect(await recordOf('/ai/v1/chat/completions', body)).toMatchObject({
      cost: PLAIN * 2,
      serviceTier: 'priority',
    });
  });

  it('OpenAI’s responses, whole', async () => {
    const answer = {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'x',
      output: [],
      usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
      service_tier: 'flex',
    };
    gateway.openai.reset(json(answer));
    const record = await recordOf('/ai/v1/responses', {
      model: 'openai-tiers',
      input: 'Hi',
      messages: undefined,
    });
    expect(record).toMatchObject({ cost: PLAIN / 2, serviceTier: 'flex' });
  });

  it('is in the row of the call', async () => {
    gateway.openai.reset(json({ ...openAiAnswer, service_tier: 'flex' }));
    const { id } = await recordOf('/ai/v1/chat/completions', { model: 'openai-tiers' });
    const database = new pg.Client(gateway.databaseUrl);
    await database.connect();
    try {
      const rows = async () =>
        (await database.query('SELECT service_tier FROM gateway.ai_usage WHERE call_id = $1', [id])).rows;
      for (let tries = 0; tries < 100 && (await rows()).length === 0; tries++) await sleep(50);
      expect(await rows()).toEqual([{ service_tier: 'flex' }]);
    } finally {
      await database.end();
    }
  });
});

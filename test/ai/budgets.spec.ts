import { setTimeout as sleep } from 'node:timers/promises';
import { Store } from '@gatehouse/store';
import { Reservations } from '../../apps/gateway/src/ai/budgets/reservations.service.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { ConsumerWorld } from '../gateway/consumer-world.js';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderAnswer } from './provider-server.js';
import { records, RemembersModule } from './remembered-records.js';
import { anthropicAnswer, geminiAnswer, openAiAnswer } from './wire-shapes.js';

/** Output costs a thousandth of a dollar for 100 tokens, and input nothing: estimates are exact. */
const PRICE = { input: 0, output: 10 };
const MOST = 100;
const RESERVED = 1_000_000;
const HI = [{ role: 'user', content: 'Hi' }];

let gateway: AiGateway;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  gateway = await startAiGateway(
    { GATEHOUSE_GATEWAY_METRICS_PORT: String(metricsPort), GATEHOUSE_USAGE_FLUSH_MS: '50' },
    [RemembersModule],
  );
  for (const provider of ['openai', 'anthropic', 'gemini']) {
    const targets = [{ provider, model: 'mine', price: PRICE }];
    const model = { name: `own-${provider}`, targets, retries: { tries: 1 }, assumed_output: 50 };
    await gateway.add('ai-models', model);
  }
});
afterAll(() => gateway?.stop());
beforeEach(() => {
  records.length = 0;
  gateway.openai.reset(answerOf(MOST));
  gateway.anthropic.reset(json(anthropicAnswer));
  gateway.gemini.reset(json(geminiAnswer));
});

function answerOf(tokens: number): ProviderAnswer {
  return json({ ...openAiAnswer, usage: { prompt_tokens: 9, completion_tokens: tokens } });
}

/** A route with these budgets, none of which holds elsewhere. */
async function route(name: string, budgets: Record<string, object>, guards: object[] = []): Promise<void> {
  for (const [budget, more] of Object.entries(budgets)) {
    const about = { name: budget, of: 'all', unit: 'usd', limit: 1, per: 'month', everywhere: false };
    await gateway.add('ai-budgets', { ...about, ...more });
  }
  const ai = { budgets: Object.keys(budgets) };
  await gateway.addRoute({ name, match: { paths: [`/${name}`] }, ai, guards });
}

const ask = (path: string, more: object = {}, headers: Record<string, string> = {}) =>
  gateway.post(
    `/${path}/v1/chat/completions`,
    { model: 'own-openai', max_tokens: MOST, messages: HI, ...more },
    headers,
  );

async function statuses(...calls: (() => Promise<Response>)[]): Promise<number[]> {
  const got: number[] = [];
  for (const call of calls) {
    const answer = await call();
    await answer.arrayBuffer();
    await settled();
    got.push(answer.status);
  }
  return got;
}

/** Settling is not waited for by callers. */
const settled = () => sleep(30);

async function spent(budget: string, unit = 'usd', subject = 'all'): Promise<number> {
  const month = new Date().toISOString().slice(0, 7);
  const store = gateway.app.get(Store, { strict: false });
  const text = await store.get(`ai-budget:{ai}:${budget}:${unit}:${month}:${subject}`);
  return Number.parseInt(text ?? '0', 10);
}

async function metric(name: string, labels: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}{${labels}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

describe('a call that its budget does not allow', () => {
  beforeAll(() => route('spent', { 'spent-usd': { limit: 0.0004 } }));

  it.each([
    ['/spent/v1/chat/completions', { model: 'own-openai' }, 'rate_limit_error'],
    ['/spent/v1/responses', { model: 'own-openai', input: 'Hi' }, 'rate_limit_error'],
    ['/spent/v1/messages', { model: 'own-anthropic', max_tokens: 100 }, 'rate_limit_error'],
    ['/spent/v1beta/models/own-gemini:generateContent', {}, 'RESOURCE_EXHAUSTED'],
  ])('is told so in its own dialect, at %s, and costs nothing', async (path, body, word) => {
    const got = await gateway.post(path, { messages: HI, ...body });
    expect(got.status).toBe(429);
    expect(got.headers.get('x-should-retry')).toBe('false');
    expect(Number(got.headers.get('retry-after'))).toBeGreaterThan(0);
    const text = await got.text();
    expect(text).toContain(word);
    expect(text).toContain('The budget spent-usd has less left');
    expect(text).toMatch(/begins anew at \d{4}-\d\d-01T00:00:00\.000Z/);
    expect(await spent('spent-usd')).toBe(0);
    for (const { requests } of [gateway.openai, gateway.anthropic, gateway.gemini]) {
      expect(requests).toHaveLength(0);
    }
  });

  it('has a record with the code, and no cost', async () => {
    const got = await ask('spent');
    expect(((await got.json()) as { error: { code: string } }).error.code).toBe('budget_exceeded');
    await settled();
    expect(records).toEqual([
      expect.objectContaining({ fault: 'budget_exceeded', status: 429, tries: 0, cost: undefined }),
    ]);
  });

  it('is not sent to see whether it crosses the budget (agentgateway website#962)', async () => {
    await route('crosses', { 'crosses-usd': { limit: 0.0015 } });
    expect(
      await statuses(
        () => ask('crosses'),
        () => ask('crosses'),
      ),
    ).toEqual([200, 429]);
    expect(gateway.openai.requests).toHaveLength(1);
    expect(await spent('crosses-usd')).toBe(RESERVED);
  });
});

describe('what a call is charged', () => {
  beforeAll(() =>
    route('charged', {
      'charged-usd': {},
      'charged-in': { unit: 'input_tokens', limit: 100_000 },
      'charged-out': { unit: 'output_tokens', limit: 100_000 },
      'charged-all': { unit: 'tokens', limit: 100_000 },
      'charged-n': { unit: 'requests', limit: 1_000 },
    }),
  );

  async function charged(call: () => Promise<unknown>): Promise<number[]> {
    const read = () =>
      Promise.all([
        spent('charged-usd'),
        spent('charged-in', 'input_tokens'),
        spent('charged-out', 'output_tokens'),
        spent('charged-all', 'tokens'),
        spent('charged-n', 'requests'),
      ]);
    const before = await read();
    records.length = 0;
    await call();
    await settled();
    const charge = (await read()).map((now, index) => now - before[index]!);
    // The record says what was charged.
    for (const { tries, cost = 0, usage } of records) {
      const { input = 0, output = 0 } = usage;
      expect(charge).toEqual([cost, input, output, input + output, Math.min(1, tries)]);
    }
    return charge;
  }

  it('is what it used, in each unit', async () => {
    gateway.openai.reset(answerOf(3));
    expect(await charged(() => ask('charged'))).toEqual([30_000, 9, 3, 12, 1]);
  });

  it('is more than was reserved, where the provider says so', async () => {
    gateway.openai.reset(answerOf(2 * MOST));
    expect(await charged(() => ask('charged'))).toEqual([2 * RESERVED, 9, 200, 209, 1]);
  });

  it('is nothing but the request where no provider answers', async () => {
    gateway.openai.reset(json({ error: { message: 'x' } }, 500));
    expect(await charged(() => ask('charged'))).toEqual([0, 0, 0, 0, 1]);
  });

  it('is nothing at all where nobody is asked', async () => {
    expect(await charged(() => ask('charged', { model: 'nowhere' }))).toEqual([0, 0, 0, 0, 0]);
  });

  it('is all that was reserved where the caller leaves before anything is said', async () => {
    gateway.openai.reset(() => undefined);
    const leave = () => {
      const options = { method: 'POST', signal: AbortSignal.timeout(100) };
      const body = JSON.stringify({ model: 'own-openai', max_tokens: MOST, messages: HI });
      return fetch(`${gateway.url}/charged/v1/chat/completions`, { ...options, body }).catch(() => sleep(50));
    };
    const [usd, , output, , requests] = await charged(leave);
    expect([usd, output, requests]).toEqual([RESERVED, MOST, 1]);
  });

  describe('with requests that failed after they were sent', () => {
    const body = JSON.stringify({ model: 'hasty', max_tokens: MOST, messages: HI, stream: false });
    const input = Math.ceil(body.length / 3);
    const hasty = (stream = false) => ask('charged', { model: 'hasty', stream });

    beforeAll(async () => {
      const timeouts = { first_token: 0.2, between_tokens: 0.2, total: 0.2 };
      const provider = { type: 'openai', base_url: `${gateway.openai.url}/v1`, timeouts };
      for (const name of ['hasty', 'other']) await gateway.add('ai-providers', { ...provider, name });
      const targets = ['hasty', 'other'].map((name) => ({ provider: name, model: 'mine', price: PRICE }));
      await gateway.add('ai-models', {
        name: 'hasty',
        targets,
        retries: { tries: 1 },
        cooldown: { failures: 1_000 },
      });
    });

    /** The second to be asked answers with three tokens. */
    const first = (answer: ProviderAnswer): void =>
      gateway.openai.reset((request, response) =>
        (gateway.openai.requests.length === 1 ? answer : answerOf(3))(request, response),
      );

    it('is all that was reserved for each that was too late, as it may go on', async () => {
      first(() => undefined);
      expect(await charged(() => hasty())).toEqual([
        RESERVED + 30_000,
        input + 9,
        MOST + 3,
        input + MOST + 12,
        1,
      ]);
      gateway.openai.reset(() => undefined);
      expect((await charged(() => hasty()))[2]).toBe(2 * MOST);
      expect(records.at(-1)).toMatchObject({ tries: 2, estimated: true, fault: 'upstream_timeout' });
    });

    it('is the input of one that broke before an answer, and all that was reserved for one whose answer broke', async () => {
      first((_, response) => response.destroy());
      expect(await charged(() => hasty())).toEqual([30_000, input + 9, 3, input + 12, 1]);
      first((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{');
        setTimeout(() => response.destroy(), 20);
      });
      expect((await charged(() => hasty()))[2]).toBe(MOST + 3);
    });

    it('is nothing for one that was refused', async () => {
      first(json({ error: { message: 'x' } }, 503));
      expect(await charged(() => hasty())).toEqual([30_000, 9, 3, 12, 1]);
    });

    it('is what was seen of a stream that broke, in any script', async () => {
      const text = '敏捷的棕色狐狸';
      gateway.openai.reset((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`);
        setTimeout(() => response.destroy(), 20);
      });
      expect((await charged(async () => (await hasty(true)).text()))[2]).toBe(text.length);
    });
  });

  describe('by a model with bound_output', () => {
    beforeAll(async () => {
      for (const provider of ['openai', 'anthropic', 'gemini']) {
        const targets = [{ provider, model: 'mine', price: PRICE }];
        const model = { name: `bound-${provider}`, targets, assumed_output: 70, bound_output: true };
        await gateway.add('ai-models', model);
      }
    });

    it.each([
      ['chat/completions', { model: 'bound-openai', messages: HI }, { max_completion_tokens: 70 }],
      ['chat/completions', { model: 'bound-openai', messages: HI, max_tokens: 9 }, { max_tokens: 9 }],
      ['chat/completions', { model: 'bound-openai', messages: HI, max_tokens: -1 }, { max_tokens: 70 }],
      ['chat/completions', { model: 'bound-anthropic', messages: HI }, { max_tokens: 70 }],
      ['responses', { model: 'bound-openai', input: 'Hi' }, { max_output_tokens: 70 }],
      ['messages', { model: 'bound-anthropic', messages: HI }, { max_tokens: 70 }],
      ['completions', { model: 'bound-openai', prompt: 'Hi' }, {}],
    ])('is bound by what is written into the request: %s %o', async (path, body, written) => {
      await gateway.post(`/charged/v1/${path}`, body);
      const [request] = [...gateway.openai.requests, ...gateway.anthropic.requests];
      const { max_tokens, max_completion_tokens, max_output_tokens } = request!.json;
      expect({ max_tokens, max_completion_tokens, max_output_tokens }).toEqual(written);
    });

    it('where a prompt asks, too', async () => {
      const versions = [{ version: '1', model: 'bound-openai', messages: HI }];
      await gateway.add('ai-prompts', { name: 'bound', versions });
      await gateway.addRoute({ name: 'bound', match: { paths: ['/bound'] }, ai: { prompts: ['bound'] } });
      expect((await gateway.post('/bound/prompts/bound', {})).status).toBe(200);
      expect(gateway.openai.requests[0]!.json.max_completion_tokens).toBe(70);
    });

    it('beside what else Gemini is asked for', async () => {
      const body = { contents: [{ parts: [{ text: 'Hi' }] }], generation_config: { temperature: 1 } };
      await gateway.post('/charged/v1beta/models/bound-gemini:generateContent', body);
      expect(gateway.gemini.requests[0]!.json.generation_config).toEqual({
        temperature: 1,
        maxOutputTokens: 70,
      });
    });
  });

  it.each([
    ['max_completion_tokens', { max_tokens: 1, max_completion_tokens: 50 }],
    ['n', { max_tokens: 25, n: 2 }],
    ['n_predict, which llama.cpp goes by before all others', { max_tokens: 1, n_predict: 50 }],
    ['the next whole number, where servers cut what is behind the point', { max_tokens: 49.5 }],
    ['assumed_output, where the bound is of another dialect', { max_output_tokens: 1, maxOutputTokens: 1 }],
  ])('is reserved by %s', async (_, more) => {
    gateway.openai.reset(() => undefined);
    const call = () =>
      fetch(`${gateway.url}/charged/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'own-openai', messages: HI, ...more }),
        signal: AbortSignal.timeout(100),
      }).catch(() => sleep(50));
    expect((await charged(call))[2]).toBe(50);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'is nothing for a tier without a price, and what was spent stays spent: %s',
    async (service_tier) => {
      await ask('charged');
      await settled();
      expect(await charged(() => ask('charged', { service_tier }))).toEqual([0, 0, 0, 0, 0]);
    },
  );

  it('is not hidden by another spelling (Envoy AI Gateway GHSA-4gph-2hhr-5mwg)', async () => {
    expect((await ask('charged', { MAX_TOKENS: 100_000 })).status).toBe(400);
  });
});

it('a call that is over, and has its row, leaves nothing in memory', async () => {
  const reservations = gateway.app.get(Reservations, { strict: false });
  await statuses(() => ask('charged'));
  await sleep(300);
  expect(reservations['halves'].size).toBe(0);
});

describe('several budgets', () => {
  it('must all allow a call; one that refuses takes nothing from the others', async () => {
    await route('levels', {
      'levels-large': { limit: 10 },
      'levels-small': { limit: 2, unit: 'requests' },
    });
    expect(await statuses(...Array.from({ length: 3 }, () => () => ask('levels')))).toEqual([200, 200, 429]);
    expect(await spent('levels-large')).toBe(2 * RESERVED);
  });

  it('hold everywhere, whatever the dialect and the operation (bifrost#2873)', async () => {
    await gateway.add('ai-budgets', {
      name: 'global',
      of: 'all',
      unit: 'requests',
      limit: 1_000,
      per: 'month',
      only: { models: ['claude', 'flash', 'gpt'] },
    });
    await statuses(
      () => gateway.post('/ai/v1/messages', { model: 'claude', max_tokens: 9, messages: HI }),
      () =>
        gateway.post('/ai/v1beta/models/flash:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }),
      () => gateway.post('/ai/v1/embeddings', { model: 'gpt', input: 'Hi' }),
      () => gateway.post('/ai/v1/chat/completions', { model: 'own-openai', messages: HI }),
    );
    expect(await spent('global', 'requests')).toBe(3);
    await gateway.replace('ai-budgets', 'global', {
      name: 'global',
      of: 'all',
      unit: 'requests',
      limit: 1,
      per: 'minute',
      everywhere: false,
    });
  });
});

describe('who has a budget', () => {
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    const world = new ConsumerWorld(gateway);
    for (const consumer of ['red-one', 'red-two', 'blue']) {
      await world.consumer(consumer);
      keys[consumer] = await world.credential(`${consumer}-key`, { consumer, type: 'api_key' });
    }
    keys.other = await world.credential('blue-other-key', { consumer: 'blue', type: 'api_key' });
    await gateway.add('teams', { name: 'red', consumers: ['red-one', 'red-two'] });
    await gateway.add('teams', { name: 'all-of-us', consumers: ['red-one', 'red-two', 'blue'] });
  });

  const by = (path: string, key: string, more: object = {}) =>
    statuses(() => ask(path, more, { 'x-api-key': keys[key]! })).then(([status]) => status);
  const one = { unit: 'requests', limit: 1 };

  it('is each team, and who is in several is counted by all of them', async () => {
    await route('teams', { 'per-team': { ...one, of: 'team', limit: 2 } }, [{ type: 'api_key' }]);
    expect(await by('teams', 'red-one')).toBe(200);
    expect(await by('teams', 'blue')).toBe(200);
    expect(await by('teams', 'red-two')).toBe(429);
    expect(await spent('per-team', 'requests', 'team:red')).toBe(1);
    expect(await spent('per-team', 'requests', 'team:all-of-us')).toBe(2);
  });

  it('is one team alone', async () => {
    await route('red-only', { 'red-only': { ...one, of: 'team', only: { teams: ['red'] } } }, [
      { type: 'api_key' },
    ]);
    expect(await by('red-only', 'red-one')).toBe(200);
    expect(await by('red-only', 'red-two')).toBe(429);
    expect(await by('red-only', 'blue')).toBe(200);
    expect(await spent('red-only', 'requests', 'team:all-of-us')).toBe(0);
  });

  it('is each consumer, or each of its keys', async () => {
    await route('consumers', { 'per-consumer': { ...one, of: 'consumer' } }, [{ type: 'api_key' }]);
    await route('keys', { 'per-key': { ...one, of: 'key' } }, [{ type: 'api_key' }]);
    expect(await by('consumers', 'blue')).toBe(200);
    expect(await by('consumers', 'other')).toBe(429);
    expect(await by('keys', 'blue')).toBe(200);
    expect(await by('keys', 'other')).toBe(200);
    expect(await by('keys', 'other')).toBe(429);
  });

  it('is each model, and each tag', async () => {
    await route('models', { 'per-model': { ...one, of: 'model' } });
    await route('tags', { 'per-tag': { ...one, of: 'tag' } });
    const flash = { model: 'own-anthropic' };
    expect(
      await statuses(
        () => ask('models'),
        () => ask('models', flash),
        () => ask('models'),
      ),
    ).toEqual([200, 200, 429]);
    const tagged = (tag: string) => () => ask('tags', {}, { 'x-gatehouse-tag': tag });
    expect(await statuses(tagged('a'), tagged('b'), tagged('a'))).toEqual([200, 200, 429]);
  });

  it('is all of whom it is not known together, or nobody of them', async () => {
    await route('share', { share: { ...one, of: 'user' } });
    await route('skip', { skip: { ...one, of: 'user', unknown: 'skip' } });
    expect(
      await statuses(
        () => ask('share'),
        () => ask('share'),
      ),
    ).toEqual([200, 429]);
    expect(
      await statuses(
        () => ask('skip'),
        () => ask('skip'),
      ),
    ).toEqual([200, 200]);
  });
});

it('a soft limit is told once, and refuses nothing', async () => {
  await route('soft', { soft: { unit: 'requests', limit: 10, soft_limit: 0.3 } });
  const calls = Array.from({ length: 5 }, () => () => ask('soft'));
  expect(await statuses(...calls)).toEqual([200, 200, 200, 200, 200]);
  expect(await metric('gatehouse_ai_budget_soft_limits_total', 'budget="soft"')).toBe(1);
});

describe('a model whose price nobody knows', () => {
  it('is not asked where a budget counts money, unless it says so', async () => {
    await route('unpriced', { 'unpriced-usd': {} });
    await gateway.addModel('free', ['openai/mine'], { unknown_price: 'count_as_zero' });
    await gateway.addModel('dear', ['openai/mine']);
    expect(
      await statuses(
        () => ask('unpriced', { model: 'dear' }),
        () => ask('unpriced', { model: 'free' }),
      ),
    ).toEqual([403, 200]);
    expect((await ask('ai', { model: 'dear' })).status).toBe(200);
  });
});

it.each([
  [{ unit: 'tokens', limit: 1.5 }, '/limit'],
  [{ limit: 2_000_000 }, '/limit'],
  [{ only: { teams: ['nobody'] } }, '/only/teams/0'],
  [{ only: { models: ['nothing'] } }, '/only/models/0'],
  [{ time_zone: 'Mars/Olympus' }, '/time_zone'],
])('%o is refused', async (more, pointer) => {
  const budget = { name: 'wrong', of: 'all', unit: 'usd', limit: 1, per: 'day', ...more };
  await expect(gateway.add('ai-budgets', budget)).rejects.toMatchObject({
    errors: [expect.objectContaining({ pointer })],
  });
});

it('a route that names a budget that does not exist is refused', async () => {
  const wrong = gateway.addRoute({ name: 'wrong', match: { paths: ['/w'] }, ai: { budgets: ['none'] } });
  await expect(wrong).rejects.toMatchObject({
    errors: [expect.objectContaining({ pointer: '/ai/budgets/0' })],
  });
});

describe('500 calls at once at a budget that is nearly spent', () => {
  const LIMIT = 20;
  const delta = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  const END = [
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 60 } })}\n\n`,
    'data: [DONE]\n\n',
  ].join('');

  it('spend no more than there is, and leave nothing reserved (LiteLLM #26672, #34732, #40095)', async () => {
    await route('race', { race: { limit: (LIMIT * RESERVED) / 1e9 } });
    let [underWay, most] = [0, 0];
    gateway.openai.reset(async (request, response) => {
      most = Math.max(most, ++underWay);
      response.on('close', () => underWay--);
      await sleep(5 + Math.random() * 30);
      if (request.json.stream !== true) return answerOf(60)(request, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta('Hello'));
      if (request.json.user === 'leaves') return;
      await sleep(20);
      response.end(END);
    });
    const results = await Promise.all(Array.from({ length: 500 }, (_, index) => callOf(index)));
    for (let i = 0; i < 200 && records.length < 500; i++) await sleep(20);
    await sleep(200);

    expect(records).toHaveLength(500);
    const total = await spent('race');
    expect(total).toBeLessThanOrEqual(LIMIT * RESERVED);
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect(results).toContain(200);
    expect(results).toContain(429);
    // All reservations are settled: the counter has what the calls used, and nothing else.
    const used = records.map(({ cost = 0 }) => cost);
    expect(total).toBe(used.reduce((sum, one) => sum + one, 0));
    expect(used.filter((one) => one > 0).length).toBeGreaterThanOrEqual(LIMIT);
  });

  /** 100 streams, of which 50 are left; one after the other, so that each kind is among the first. */
  async function callOf(index: number): Promise<number> {
    const [stream, leaves] = [index % 5 === 0, index % 10 === 0];
    const body = {
      model: 'own-openai',
      max_tokens: MOST,
      messages: HI,
      stream,
      user: leaves ? 'leaves' : 'stays',
    };
    const gone = new AbortController();
    const got = await fetch(`${gateway.url}/race/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: gone.signal,
    });
    if (!leaves || got.status !== 200) {
      await got.arrayBuffer();
      return got.status;
    }
    await got.body!.getReader().read();
    gone.abort();
    return got.status;
  }
});

describe('while Redis is away', () => {
  let redis: RedisServer;
  let alone: AiGateway;

  beforeAll(async () => {
    redis = await RedisServer.start();
    alone = await startAiGateway({ REDIS_URL: redis.url });
    alone.openai.reset(answerOf(MOST));
    const about = { of: 'all', unit: 'requests', limit: 1, per: 'month', everywhere: false };
    for (const on_store_failure of ['closed', 'open']) {
      await alone.add('ai-budgets', { ...about, name: on_store_failure, on_store_failure });
    }
    for (const [name, budgets] of Object.entries({
      closed: ['closed'],
      open: ['open'],
      both: ['open', 'closed'],
    })) {
      await alone.addRoute({ name, match: { paths: [`/${name}`] }, ai: { budgets } });
    }
  });
  afterAll(async () => {
    await alone?.stop();
    await redis?.stop();
  });

  it('budgets refuse calls, unless all that count a call are open then', async () => {
    const statusOf = async (path: string) => {
      const got = await alone.post(`/${path}/v1/chat/completions`, { model: 'gpt', messages: HI });
      return [got.status, ((await got.json()) as { error?: { code: string } }).error?.code];
    };
    expect(await statusOf('open')).toEqual([200, undefined]);
    expect(await statusOf('open')).toEqual([429, 'budget_exceeded']);
    await redis.stop();
    expect(await statusOf('open')).toEqual([200, undefined]);
    expect(await statusOf('closed')).toEqual([503, 'budget_unavailable']);
    expect(await statusOf('both')).toEqual([503, 'budget_unavailable']);
  });
});

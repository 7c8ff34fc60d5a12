import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { type RunningApp, startApp, TEST_SECRET } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json } from './provider-server.js';
import { openAiAnswer } from './wire-shapes.js';

/** Output costs a thousandth of a dollar for 100 tokens, and input nothing. */
const PRICE = { input: 0, output: 10 };
const MOST = 100;
const USED = 60;
/** What 100 tokens are, in billionths of a dollar. */
const RESERVED = 1_000_000;
const LIMIT = 200 * RESERVED;
const LEFT = 60;
const CALLS = 500;
/** By how much one of the calls uses more than it said. */
const OVER = 50;
/** Calls of the replica that dies that are under way then. */
const UNDER_WAY = 8;
const ANSWERED_FIRST = 4;
const KEYS = 'gw:ai-budget:{ai}:';

const usage = (tokens: number) => ({ prompt_tokens: 9, completion_tokens: tokens });
const chunk = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
const HELLO = chunk({ choices: [{ index: 0, delta: { content: 'Hello' } }] });
const END = [
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  chunk({ choices: [], usage: usage(USED) }),
  'data: [DONE]\n\n',
].join('');

describe('500 calls at a budget that is nearly spent, over two replicas of which one is killed', () => {
  let auth: AuthServer;
  let store: RedisServer;
  let world: AiGateway;
  let replicas: RunningApp[];
  let redis: Redis;
  let database: pg.Client;

  beforeAll(async () => {
    [auth, store] = await Promise.all([
      AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET }),
      RedisServer.start(),
    ]);
    world = await startAiGateway({ REDIS_URL: store.url });
    const targets = [{ provider: 'openai', model: 'mine', price: PRICE }];
    await world.add('ai-models', { name: 'own', targets, retries: { tries: 1 } });
    const about = { of: 'all', per: 'month' };
    await world.add('ai-budgets', { ...about, name: 'dollars', unit: 'usd', limit: LIMIT / 1e9 });
    await world.add('ai-budgets', { ...about, name: 'calls', unit: 'requests', limit: 10_000 });
    // What is configured stays: the two replicas are alone with it.
    await world.close();
    const settings = {
      DATABASE_URL: world.databaseUrl,
      REDIS_URL: store.url,
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
      GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    };
    // The first has written no usage record yet when it dies.
    const slow = { ...settings, GATEHOUSE_USAGE_FLUSH_MS: '60000' };
    replicas = await Promise.all([startApp('gateway', slow), startApp('gateway', settings)]);
    redis = new Redis(store.url);
    database = new pg.Client(world.databaseUrl);
    await database.connect();
  }, 180_000);
  afterAll(async () => {
    redis?.disconnect();
    await database?.end();
    await Promise.all((replicas ?? []).map((replica) => replica.stop()));
    await world?.stop();
    await auth?.stop();
    await store?.stop();
  });

  const post = (replica: number, body: object, signal?: AbortSignal) =>
    fetch(`${replicas[replica]!.url}/ai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'own', max_tokens: MOST, messages: [], ...body }),
      signal,
    });

  /** 100 streams, of which 50 are left in the middle; by turns at the two. */
  async function callOf(index: number): Promise<number> {
    const [stream, leaves] = [index % 10 < 2, index % 20 < 2];
    const gone = new AbortController();
    const user = JSON.stringify({ index, replica: index % 2, leaves });
    const got = await post(index % 2, { stream, user }, gone.signal);
    if (!leaves || got.status !== 200) {
      await got.arrayBuffer();
      return got.status;
    }
    await got.body!.getReader().read();
    gone.abort();
    return got.status;
  }

  async function spent(budget: string, unit: string): Promise<number> {
    const month = new Date().toISOString().slice(0, 7);
    return Number.parseInt((await redis.get(`${KEYS}${budget}:${unit}:${month}:all`)) ?? '0', 10);
  }

  const rows = async () =>
    (
      await database.query<{ fault: string | null; cost: string | null; output_tokens: string }>(
        'SELECT fault, cost, output_tokens FROM gateway.ai_usage WHERE tries > 0 ORDER BY id',
      )
    ).rows;

  it('spend what there is and no more, and each that was let through has its record (LiteLLM #13280, #36426)', async () => {
    const asked: { index: number; replica: number }[] = [];
    let held = 0;
    world.openai.reset(json({ ...openAiAnswer, usage: usage((200 - LEFT) * MOST) }));
    expect((await post(1, { max_tokens: (200 - LEFT) * MOST })).status).toBe(200);

    world.openai.reset(async ({ json: body }, response) => {
      const about = JSON.parse(body.user as string) as { index: number; replica: number; leaves: boolean };
      asked.push(about);
      const ofFirst = asked.filter(({ replica }) => replica === 0).length;
      const isHeld = about.replica === 0 && ofFirst > ANSWERED_FIRST;
      if (body.stream === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(HELLO);
      }
      // Whoever leaves may have been settled by then.
      if (isHeld && !about.leaves && ++held === UNDER_WAY) void replicas[0]!.kill();
      if (isHeld || (about.leaves && body.stream === true)) return;
      await sleep(5 + Math.random() * 50);
      if (body.stream === true) return response.end(END);
      const over = asked.filter(({ replica }) => replica === 1).length === 1 ? MOST + OVER - USED : 0;
      return json({ ...openAiAnswer, usage: usage(USED + over) })(undefined as never, response);
    });
    const outcomes = await Promise.allSettled(Array.from({ length: CALLS }, (_, index) => callOf(index)));
    const ofSecond = outcomes.flatMap((one, index) =>
      index % 2 === 1 && one.status === 'fulfilled' ? [one.value] : [],
    );
    // 503: on a machine that is busy, Redis may not answer in time.
    expect([...new Set(ofSecond)].filter((status) => status !== 503).sort()).toEqual([200, 429]);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);

    await until(async () => (await redis.keys(`${KEYS}reservations:*`)).length === 0);
    const records = await rows();
    const dollars = await spent('dollars', 'usd');
    expect(dollars).toBeLessThanOrEqual(LIMIT + (OVER / MOST) * RESERVED);
    expect(dollars).toBeGreaterThan(LIMIT - (LEFT / 2) * RESERVED);
    // Each call that was let through has one record, and with what it was charged.
    expect(records).toHaveLength(await spent('calls', 'requests'));
    const charged = records.map(({ cost }) => Math.round(Number(cost) * 1e9));
    expect(charged.reduce((sum, one) => sum + one, 0)).toBe(dollars);
    // One more was asked for in the beginning; some were let through whom the first replica had not sent when it died.
    expect(records.length).toBeGreaterThanOrEqual(asked.length + 1);
    const died = records.filter(({ fault }) => fault === 'process_died');
    expect(died.length).toBeGreaterThanOrEqual(UNDER_WAY);
    expect(new Set(died.map(({ cost }) => Math.round(Number(cost) * 1e9)))).toEqual(new Set([RESERVED]));
    // Only the one that is left says that it is alive.
    expect(await redis.zcard(`${KEYS}processes`)).toBe(1);
  }, 90_000);

  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (await holds()) return;
      await sleep(250);
    }
    throw new Error(`It never came: ${replicas[1]!.log().slice(-2_000)}`);
  }
});

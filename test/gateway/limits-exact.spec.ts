import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisStore } from '@gatehouse/store';
import { type Consumption, type Limit, StoreThrottlerStorage } from '@gatehouse/throttling';
import { AuthServer, GATEWAY, ISSUER } from '../auth-server/auth-server.js';
import { type RunningApp, startApp, TEST_SECRET } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { callAdmin } from './administered-gateway.js';
import { send, startUpstream, type Upstream } from './gateway.js';

const REQUESTS = 1_000;
const LIMIT = 137;

/** What makes each algorithm count, and nothing come back while the test runs. */
const ALGORITHMS = {
  fixed_window: { window: 3_600 },
  sliding_window: { window: 3_600 },
  gcra: { window: 86_400 },
  concurrency: {},
};
const names = Object.keys(ALGORITHMS) as (keyof typeof ALGORITHMS)[];

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis?.stop());

describe('1,000 requests at once at two gateways on one Redis', () => {
  let auth: AuthServer;
  let database: TestDatabase;
  let gateway: RunningApp;
  let second: RunningApp;
  let upstream: Upstream;
  let token: string;
  /** Answers that the upstream owes until it is told to give them. */
  const owed: (() => void)[] = [];
  /** Addresses for which it owes no more: a call that was admitted may come late. */
  const released = new Set<string>();

  beforeAll(async () => {
    upstream = await startUpstream(({ url }, answer) => {
      if (url!.includes('concurrency') && !released.has(url!)) owed.push(() => answer.end('ok'));
      else answer.end('ok');
    });
    auth = await AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET });
    token = await auth.tokenWith('admin');
    database = await createDatabase();
    const environment = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      GATEHOUSE_ISSUER: ISSUER,
      GATEHOUSE_AUTH_INTERNAL_URL: auth.url,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
    };
    gateway = await startApp('gateway', environment);
    second = await startApp('gateway', environment);
  });
  afterAll(async () => {
    await second?.stop();
    await gateway?.stop();
    await auth?.stop();
    await database?.drop();
    await upstream?.stop();
  });

  async function limited(name: string, limits: object[]): Promise<void> {
    const { status } = await callAdmin(gateway.url, token, 'POST', '/routes', {
      name,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      guards: [],
      limits,
    });
    expect(status).toBe(201);
    // Live at the other one, too.
    await sleep(1_500);
  }

  it.each(names)('%s: exactly as many pass as the limit says', async (algorithm) => {
    const name = `exact-${algorithm}`;
    await limited(name, [{ by: 'route', limit: LIMIT, algorithm, ...ALGORITHMS[algorithm] }]);
    const statuses = await volley([gateway.url, second.url], `/${name}`, () => {
      released.add(`/${name}`);
      for (const give of owed.splice(0)) give();
    });
    expect(statuses).toEqual(
      new Map([
        [200, LIMIT],
        [429, REQUESTS - LIMIT],
      ]),
    );
  });

  it('several limits: exactly as many as the narrowest says, and the others are charged no more', async () => {
    const all = names.map((algorithm, i) => ({
      by: 'route',
      limit: LIMIT + 10 * i,
      algorithm,
      ...ALGORITHMS[algorithm],
    }));
    await limited('exact-all', [...all].reverse());
    const statuses = await volley([gateway.url, second.url], '/exact-all', () => undefined);
    expect(statuses.get(200)).toBe(LIMIT);
    const { headers } = await send(gateway.url, { path: '/exact-all' });
    expect(headers.ratelimit).toMatch(/"exact-all-route-86400-gcra";r=20;/);
    expect(headers.ratelimit).toMatch(/"exact-all-route-3600-sliding_window";r=10;/);
  });

  it('concurrency: a gateway that is killed holds nothing when its lease is over', async () => {
    const name = 'concurrency-killed';
    await limited(name, [{ by: 'route', limit: 3, algorithm: 'concurrency' }]);
    const lost = Array.from({ length: 3 }, () => send(second.url, { path: `/${name}` }).catch(() => 'lost'));
    while (owed.length < 3) await sleep(20);
    // It is renewed for as long as the calls last, longer than a lease.
    await sleep(11_000);
    expect((await send(gateway.url, { path: `/${name}` })).status).toBe(429);
    await second.kill();
    expect(await Promise.all(lost)).toEqual(['lost', 'lost', 'lost']);
    owed.splice(0);
    const begin = Date.now();
    const statuses: Promise<number>[] = [];
    while (owed.length < 3) {
      if (Date.now() - begin > 14_000) throw new Error('the lease of the killed gateway does not end');
      statuses.push(send(gateway.url, { path: `/${name}` }).then(({ status }) => status));
      await sleep(200);
    }
    for (const give of owed.splice(0)) give();
    const passed = (await Promise.all(statuses)).filter((status) => status === 200);
    expect(passed).toHaveLength(3);
    await second.restart();
  });
});

/**
 * Opens all connections, sends each request but for its last byte, and then all last bytes: every request is there at
 * once. @param whenRefused called when all that are refused have their answers
 */
async function volley(urls: string[], path: string, whenRefused: () => void): Promise<Map<number, number>> {
  const sockets = Array.from({ length: REQUESTS }, (_, i) => {
    const { hostname, port } = new URL(urls[i % urls.length]!);
    return net.connect(Number(port), hostname);
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r`);
  await sleep(300);
  const statuses = new Map<number, number>();
  let answered = 0;
  const answers = sockets.map(async (socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    await once(socket, 'close');
    const status = Number(text.slice(9, 12));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (++answered === REQUESTS - LIMIT) whenRefused();
  });
  for (const socket of sockets) socket.write('\n');
  await Promise.all(answers);
  return statuses;
}

describe('the same at the storage, over two connections', () => {
  const stores: RedisStore[] = [];
  beforeAll(() => {
    for (let i = 0; i < 2; i++) stores.push(new RedisStore(redis.url, 'test:', () => undefined));
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  interface Storage {
    consume(limits: readonly Limit[]): Promise<Pick<Consumption, 'refusedBy'>>;
  }

  async function admitted(storages: Storage[], limit: Limit): Promise<number> {
    const outcomes = await Promise.all(
      Array.from({ length: REQUESTS }, (_, i) => storages[i % storages.length]!.consume([limit])),
    );
    return outcomes.filter(({ refusedBy }) => !refusedBy).length;
  }

  const limitOf = (algorithm: keyof typeof ALGORITHMS, key: string): Limit => ({
    name: key,
    key,
    limit: LIMIT,
    windowMs: algorithm === 'concurrency' ? 0 : 86_400_000,
    algorithm,
  });

  it.each(names)('%s: one script for both steps lets exactly the limit through', async (algorithm) => {
    const storages = stores.map((store) => new StoreThrottlerStorage(store));
    expect(await admitted(storages, limitOf(algorithm, `one-${algorithm}`))).toBe(LIMIT);
  });

  /** What the storage must not be: it reads in one step, and counts in another. */
  class ReadThenWrite implements Storage {
    private readonly storage: StoreThrottlerStorage;

    constructor(store: RedisStore) {
      this.storage = new StoreThrottlerStorage(store);
    }

    async consume(limits: readonly Limit[]) {
      const refusedBy = (await this.storage.look(limits)).find(({ used, limit }) => used >= limit);
      if (refusedBy) return { refusedBy };
      return this.storage.consume(limits.map((one) => ({ ...one, limit: 1e9, burst: 1e9 })));
    }
  }

  it.each(names)('%s: in two steps more pass, and this test sees it', async (algorithm) => {
    const storages = stores.map((store) => new ReadThenWrite(store));
    expect(await admitted(storages, limitOf(algorithm, `two-${algorithm}`))).toBeGreaterThan(LIMIT);
  });
});

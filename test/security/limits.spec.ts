import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '@gatehouse/observability';
import { RedisStore, Store } from '@gatehouse/store';
import { type Limit, StoreThrottlerStorage } from '@gatehouse/throttling';
import { Logger } from '@nestjs/common';
import { send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { RedisServer } from '../support/redis-server.js';

const FAILURES = ['closed', 'open', 'local'] as const;

describe('limits on a Redis that other gateways had trouble with', () => {
  let redis: RedisServer;
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    redis = await RedisServer.start();
    upstream = await startUpstream((_, answer) => answer.end('ok'));
    gateway = await startLoneGateway({ REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
    await redis?.stop();
  });

  function limited(name: string, limits: object[]): Promise<string> {
    const match = { paths: [`/${name}`] };
    return gateway.addRoute({ name, match, upstream: { url: upstream.url }, limits });
  }

  const statusOf = async (path: string) => (await send(gateway.url, { path })).status;

  it('kong#5790, apisix#13574: of requests that come at once, no two take the same place', async () => {
    await limited('races', [{ by: 'route', limit: 50, window: 3_600 }]);
    const statuses = await Promise.all(Array.from({ length: 200 }, () => statusOf('/races')));
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(statuses.filter((status) => status === 429)).toHaveLength(150);
  });

  it('kong#8227: no counter is left without an end, however many begin it at once', async () => {
    const algorithms = ['fixed_window', 'sliding_window', 'gcra'];
    const limits = algorithms.map((algorithm) => ({ by: 'route', limit: 50, window: 3_600, algorithm }));
    await limited('ends', [...limits, { by: 'route', limit: 50, algorithm: 'concurrency' }]);
    await Promise.all(Array.from({ length: 100 }, () => statusOf('/ends')));
    const lifetimes = await redis.ask(async (client) => {
      const keys = await client.keys('gw:limit:*');
      return Promise.all(keys.map(async (key) => [key, await client.pttl(key)] as const));
    });
    expect(lifetimes.length).toBeGreaterThan(3);
    // -2: it has ended meanwhile; -1 would be: it never does.
    for (const [key, ms] of lifetimes) expect([key, ms === -2 || ms > 0]).toEqual([key, true]);
  });

  it('kong#13704: two replicas never let more through together than one would, window after window', async () => {
    const stores = Array.from({ length: 2 }, () => new RedisStore(redis.url, 'test:', () => undefined));
    const storages = stores.map((store) => new StoreThrottlerStorage(store));
    const limit: Limit = { name: 'w', key: 'w', limit: 20, windowMs: 500 };
    const passed: number[] = [];
    const end = Date.now() + 2_500;
    const load = storages.flatMap((storage) =>
      Array.from({ length: 10 }, async () => {
        while (Date.now() < end) {
          const { refusedBy, states } = await storage.consume([limit]);
          if (!refusedBy) passed.push(states[0]!.used);
          await sleep(1);
        }
      }),
    );
    await Promise.all(load);
    await Promise.all(stores.map((store) => store.close()));
    // Each place of a window is taken once: as many firsts as windows, and so on for every place.
    const takers = Array.from({ length: 20 }, (_, i) => passed.filter((used) => used === i + 1).length);
    expect(Math.max(...takers) - Math.min(...takers)).toBeLessThanOrEqual(1);
    expect(Math.max(...passed)).toBe(20);
    expect(Math.min(...takers)).toBeGreaterThan(2);
  });

  it('traefik#13618: 100 changes of the configuration leave no connection to Redis behind', async () => {
    const change = (name: string) =>
      limited(name, [
        { by: 'route', limit: 1_000, window: 60 },
        { by: 'route', limit: 1_000, algorithm: 'concurrency' },
      ]);
    await change('changing');
    await statusOf('/changing');
    const connections = () =>
      redis.ask(
        async (client) =>
          String(await client.client('LIST'))
            .trim()
            .split('\n').length,
      );
    const before = await connections();
    for (let i = 1; i <= 100; i++) {
      await change(`changing${i}`);
      if (i % 10 === 0) expect(await statusOf(`/changing${i}`)).toBe(200);
    }
    expect(await connections()).toBe(before);
  });

  describe('one counter takes no other with it', () => {
    const counterOf = async (id: string) => {
      const keys = await redis.ask((client) => client.keys(`gw:limit:{${id}}*`));
      expect(keys).toHaveLength(1);
      return keys[0]!;
    };
    const away = () =>
      gateway.app
        .get(Metrics, { strict: false })
        .registry.getSingleMetricAsString('gatehouse_limits_store_away');

    it.each(['fixed_window', 'sliding_window', 'gcra', 'concurrency'])(
      '%s: text that is no counter is counted over',
      async (algorithm) => {
        const window = algorithm === 'concurrency' ? {} : { window: 3_600 };
        const id = await limited(`shape-${algorithm}`, [{ by: 'route', limit: 2, algorithm, ...window }]);
        const key = `gw:limit:{${id}}:route:${algorithm === 'concurrency' ? '' : 3_600}:${algorithm}:all`;
        await redis.ask((client) => client.set(key, 'nonsense'));
        expect(await statusOf(`/shape-${algorithm}`)).toBe(200);
        expect(await away()).toMatch(/ 0$/m);
      },
    );

    it('a script that fails is a 500 of its own call, and no reason for on_store_failure', async () => {
      const limits = [{ by: 'route', limit: 9, window: 3_600, on_store_failure: 'open' }];
      const id = await limited('broken', limits);
      await limited('whole', [{ by: 'route', limit: 2, window: 3_600, on_store_failure: 'open' }]);
      expect(await statusOf('/broken')).toBe(200);
      const key = await counterOf(id);
      await redis.ask(async (client) => {
        await client.del(key);
        await client.rpush(key, 'no text at all');
      });
      expect(await statusOf('/broken')).toBe(500);
      expect(await away()).toMatch(/ 0$/m);
      expect([await statusOf('/whole'), await statusOf('/whole'), await statusOf('/whole')]).toEqual([
        200, 200, 429,
      ]);
    });

    it.each([
      ['is full', ['maxmemory', '1'], ['maxmemory', '0']],
      ['has too few replicas', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
    ] as const)('a Redis that %s is away, though it answers', async (name, set, unset) => {
      const path = name.replaceAll(' ', '-');
      await limited(path, [{ by: 'route', limit: 1, window: 3_600, on_store_failure: 'open' }]);
      await redis.ask((client) => client.config('SET', ...set));
      for (let i = 0; i < 3; i++) expect(await statusOf(`/${path}`)).toBe(200);
      expect(await away()).toMatch(/ 1$/m);
      await redis.ask((client) => client.config('SET', ...unset));
      await until(async () => / 0$/m.test(await away()));
      expect([await statusOf(`/${path}`), await statusOf(`/${path}`)]).toEqual([200, 429]);
    });
  });

  it('tyk#3178: without Redis a closed limit is a 503, an open one lets through, a local one counts alone', async () => {
    for (const failure of FAILURES) {
      await limited(failure, [{ by: 'route', limit: 3, window: 3_600, on_store_failure: failure }]);
      expect(await statusOf(`/${failure}`)).toBe(200);
    }
    await limited('mixed', [
      { name: 'local', by: 'route', limit: 2, window: 3_600, on_store_failure: 'local' },
      { name: 'open', by: 'route', limit: 1, window: 3_600, on_store_failure: 'open' },
    ]);
    const told = { error: logged('error'), log: logged('log') };
    const metric = async () =>
      gateway.app
        .get(Metrics, { strict: false })
        .registry.getSingleMetricAsString('gatehouse_limits_store_away');
    expect(await metric()).toMatch(/ 0$/m);

    await redis.stop();
    const statuses: Record<string, number[]> = {};
    for (const path of [...FAILURES, 'mixed']) {
      statuses[path] = [];
      for (let i = 0; i < 5; i++) statuses[path].push(await statusOf(`/${path}`));
    }
    expect(statuses).toEqual({
      closed: [503, 503, 503, 503, 503],
      open: [200, 200, 200, 200, 200],
      local: [200, 200, 200, 429, 429],
      mixed: [200, 200, 429, 429, 429],
    });
    const refused = await send(gateway.url, { path: '/closed' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/problem+json' });
    expect(refused.text).toContain('closed-route-3600');
    // No call waits for a Redis that is known to be away.
    const begin = performance.now();
    for (let i = 0; i < 20; i++) await statusOf('/open');
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(await metric()).toMatch(/ 1$/m);

    await redis.begin();
    await until(async () => (await statusOf('/closed')) === 200);
    // Redis came back empty: its counters begin anew, and count again.
    expect([await statusOf('/closed'), await statusOf('/closed'), await statusOf('/closed')]).toEqual([
      200, 200, 429,
    ]);
    expect(await metric()).toMatch(/ 0$/m);
    expect(told.error().filter((line) => line.includes('on_store_failure'))).toHaveLength(1);
    expect(told.log().filter((line) => line.includes('counted in their store again'))).toHaveLength(1);
    jest.restoreAllMocks();
  });
});

describe('limits in the process itself', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream((_, answer) => answer.end('ok'));
    gateway = await startLoneGateway({ REDIS_URL: undefined });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await gateway?.stop();
    await upstream?.stop();
  });

  it('callers that make counters without end fill nothing but these, and open no limit', async () => {
    const store = gateway.app.get(Store, { strict: false });
    jest.replaceProperty(store as unknown as { maxCounters: number }, 'maxCounters', 3);
    const limits = [{ by: 'header:x-tenant', limit: 2, window: 3_600, on_store_failure: 'open' }];
    await gateway.addRoute({
      name: 'tenants',
      match: { paths: ['/tenants'] },
      upstream: { url: upstream.url },
      limits,
    });
    const call = (tenant: string) =>
      send(gateway.url, { path: '/tenants', headers: { 'x-tenant': tenant.padEnd(2_000, '-') } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await call(String(i))).status);
    expect(statuses).toEqual([200, 200, 200, 503, 503]);
    expect((await call('4')).headers).toMatchObject({ 'retry-after': '1' });
    // Whose counter is there goes on, and is not let through uncounted.
    expect([(await call('0')).status, (await call('0')).status]).toEqual([200, 429]);
    const metrics = gateway.app.get(Metrics, { strict: false }).registry;
    expect(await metrics.getSingleMetricAsString('gatehouse_limits_store_away')).toMatch(/ 0$/m);
    await expect(store.set('session:x', 'kept', 60)).resolves.toBeUndefined();
  });
});

/** What the gateway logs from now on. */
function logged(level: 'error' | 'log'): () => string[] {
  const spy = jest.spyOn(Logger.prototype, level);
  return () => spy.mock.calls.map(([message]) => String(message));
}

async function until(check: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await sleep(50);
  }
}

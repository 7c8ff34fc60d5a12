import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '@gatehouse/store';
import { readConsumption } from './consume.script.js';
import type { Limit } from './limit.js';
import { rateLimitHeaders } from './rate-limit-fields.js';
import { StoreThrottlerStorage } from './store-throttler-storage.js';
import { tooManyRequests } from './too-many-requests.js';

const redisUrl = process.env.TEST_REDIS_URL;
const backings: [string, string | undefined][] = [['the in-process store', undefined]];
if (redisUrl) backings.push(['Redis', redisUrl]);

describe.each(backings)('counting requests in %s', (_, url) => {
  let store: Store;
  let storage: StoreThrottlerStorage;
  beforeEach(() => {
    store = openStore({ redisUrl: url, prefix: `test-${randomUUID()}:` });
    storage = new StoreThrottlerStorage(store);
  });
  afterEach(() => store.close());

  const limit = (name: string, value: number, windowMs = 60_000): Limit => ({
    name,
    key: `{slot}:${name}`,
    limit: value,
    windowMs,
  });

  it('lets exactly as many through as the limit says, of 200 at once', async () => {
    const results = await Promise.all(Array.from({ length: 200 }, () => storage.consume([limit('a', 37)])));
    expect(results.filter((one) => !one.refusedBy)).toHaveLength(37);
  });

  it('charges no limit when any of them refuses, and names the first that does', async () => {
    const limits = [limit('wide', 100), limit('narrow', 1), limit('narrower', 1)];
    expect((await storage.consume(limits)).refusedBy).toBeUndefined();
    for (let i = 0; i < 3; i++) expect((await storage.consume(limits)).refusedBy?.name).toBe('narrow');
    const { states } = await storage.consume(limits);
    expect(states.map((one) => one.used)).toEqual([1, 1, 1]);
  });

  it('requests that are counted together come out as one after the other', async () => {
    const [a, b] = [limit('shared', 5), limit('own', 3)];
    const consumed = await Promise.all([
      ...Array.from({ length: 4 }, () => storage.consume([a, b])),
      ...Array.from({ length: 4 }, () => storage.consume([a])),
      storage.consume([{ ...a, limit: 6 }]),
      storage.consume([{ ...a, limit: 6 }]),
    ]);
    const used = consumed.map(({ states, refusedBy }) => [...states.map((one) => one.used), refusedBy?.name]);
    expect(used).toEqual([
      [1, 1, undefined],
      [2, 2, undefined],
      [3, 3, undefined],
      [3, 3, 'own'],
      [4, undefined],
      [5, undefined],
      [5, 'shared'],
      [5, 'shared'],
      [6, undefined],
      [6, 'shared'],
    ]);
  });

  it('counts any number of callers at once, each for itself', async () => {
    const callers = Array.from({ length: 600 }, (_, index) => limit(`caller-${index % 300}`, 2));
    const consumed = await Promise.all(callers.map((one) => storage.consume([one])));
    expect(consumed.map(({ states }) => states[0]!.used)).toEqual(
      callers.map((_, index) => (index < 300 ? 1 : 2)),
    );
  });

  it('tells every request when the store is away', async () => {
    jest.spyOn(store, 'run').mockRejectedValueOnce(new Error('away'));
    const outcomes = await Promise.allSettled(
      [limit('a', 1), limit('b', 1)].map((one) => storage.consume([one])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await storage.consume([limit('a', 1)])).refusedBy).toBeUndefined();
  });

  it('a window begins with its first request, and is not prolonged by the next ones', async () => {
    const one = limit('short', 2, 1_500);
    await storage.consume([one]);
    await sleep(1_000);
    const second = await storage.consume([one]);
    expect(second.states[0]!.resetMs).toBeLessThanOrEqual(510);
    expect((await storage.consume([one])).refusedBy?.name).toBe('short');
    await sleep(750);
    expect((await storage.consume([one])).states[0]!.used).toBe(1);
  });

  it("keeps the throttler's own contract, one limit a call", async () => {
    const hit = () => storage.increment('key', 60_000, 1, 0, 'default');
    expect(await hit()).toMatchObject({ totalHits: 1, timeToExpire: 60, isBlocked: false });
    expect(await hit()).toMatchObject({ totalHits: 2, isBlocked: true, timeToBlockExpire: 60 });
  });
});

describe('the RateLimit header fields', () => {
  const limits: Limit[] = [
    { name: 'a', key: 'a', limit: 10, windowMs: 60_000 },
    { name: 'b', key: 'b', limit: 5, windowMs: 1_500 },
  ];

  it('name each limit: quota and window, what remains and when it resets (seconds, rounded up)', () => {
    expect(rateLimitHeaders(readConsumption(limits, [1, -1, 4, 59_001, 0, 5, 200, 0], 0, 0))).toEqual([
      ['ratelimit-policy', '"a";q=10;w=60, "b";q=5;w=2'],
      ['ratelimit', '"a";r=6;t=60, "b";r=0;t=1'],
    ]);
  });

  it('RFC 9110 §10.2.3: Retry-After is whole seconds, at least one', () => {
    const { refusedBy } = readConsumption(limits, [0, 1, 4, 59_001, 0, 5, 200, 200], 0, 0);
    expect(tooManyRequests(refusedBy!)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  });
});

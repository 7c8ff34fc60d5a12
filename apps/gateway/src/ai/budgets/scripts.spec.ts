import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore, RedisStore, type Store } from '@gatehouse/store';
import { ALLOWED, NO_ROOM, RESERVE } from './reserve.script.js';
import { SETTLE } from './settle.script.js';

const redisUrl = process.env.TEST_REDIS_URL;
const backings: [name: string, open: () => Store][] = [['the in-process store', () => new MemoryStore()]];
if (redisUrl) {
  backings.push(['Redis', () => new RedisStore(redisUrl, `test-${randomUUID()}:`, () => undefined)]);
}

/** More than 14 digits, which Lua would round. */
const MUCH = 1_000_000_000_000_001;
const LIFE = 60_000;

describe.each(backings)('reservations of budgets: %s', (_, open) => {
  let store: Store;
  beforeEach(() => (store = open()));
  afterEach(() => store.close());

  const reserve = (id: string, ...counters: [key: string, amount: number, limit: number, life?: number][]) =>
    store.run(
      RESERVE,
      [id, ...counters.map(([key]) => key)],
      [LIFE, ...counters.flatMap(([, amount, limit, life = LIFE]) => [amount, limit, life])],
    );
  const settle = (id: string, ...counters: [key: string, change: number, soft?: number][]) =>
    store.run(
      SETTLE,
      [id, ...counters.map(([key]) => key)],
      counters.flatMap(([, change, soft = 0]) => [change, soft]),
    );

  it('are made at all budgets, or at none', async () => {
    expect(await reserve('{r}1', ['{r}a', 4, 10], ['{r}b', 4, 5])).toBe(ALLOWED);
    expect(await reserve('{r}2', ['{r}a', 4, 10], ['{r}b', 4, 5])).toBe(1);
    expect(await store.get('{r}a')).toBe('4');
    expect(await reserve('{r}3', ['{r}a', 6, 10])).toBe(ALLOWED);
    expect(await reserve('{r}4', ['{r}a', 1, 10])).toBe(0);
    expect(await store.get('{r}4')).toBeUndefined();
  });

  it('give way to what was used, once', async () => {
    await reserve('{r}1', ['{r}a', 8, 10]);
    await reserve('{r}2', ['{r}a', 2, 10]);
    await settle('{r}1', ['{r}a', -5]);
    await settle('{r}1', ['{r}a', -5]);
    expect(await store.get('{r}a')).toBe('5');
    await settle('{r}2', ['{r}a', 9]);
    expect(await store.get('{r}a')).toBe('14');
    expect(await reserve('{r}3', ['{r}a', 0, 10])).toBe(0);
  });

  it('that nobody settles stay charged in full, and can be settled no more once they have expired', async () => {
    await store.run(RESERVE, ['{r}1', '{r}a'], [30, 8, 10, LIFE]);
    await sleep(50);
    await settle('{r}1', ['{r}a', -8]);
    expect(await store.get('{r}a')).toBe('8');
  });

  it('of a period that is over are settled nowhere', async () => {
    await reserve('{r}1', ['{r}a', 8, 10, 30]);
    await sleep(50);
    expect(await settle('{r}1', ['{r}a', -8])).toEqual([]);
    expect(await store.get('{r}a')).toBeUndefined();
  });

  it('tell a soft limit once', async () => {
    await reserve('{r}1', ['{r}a', 9, 10], ['{r}b', 9, 100]);
    expect(await settle('{r}1', ['{r}a', -1, 9], ['{r}b', 0, 9])).toEqual([1]);
    await reserve('{r}2', ['{r}a', 1, 10], ['{r}b', 1, 100]);
    expect(await settle('{r}2', ['{r}a', 0, 9], ['{r}b', 0, 9])).toEqual([0]);
    await reserve('{r}3', ['{r}a', 1, 10], ['{r}b', 1, 100]);
    expect(await settle('{r}3', ['{r}a', 0, 9], ['{r}b', 0, 9])).toEqual([]);
    expect(await reserve('{r}4', ['{r}a', 1, 10])).toBe(0);
  });

  it('keep every digit of large sums', async () => {
    await reserve('{r}1', ['{r}a', MUCH, MUCH + 1]);
    expect(await store.get('{r}a')).toBe(String(MUCH));
    await settle('{r}1', ['{r}a', -1]);
    expect(await store.get('{r}a')).toBe(String(MUCH - 1));
    expect(await reserve('{r}2', ['{r}a', 3, MUCH + 1])).toBe(0);
    expect(await reserve('{r}3', ['{r}a', 2, MUCH + 1])).toBe(ALLOWED);
  });

  it('count from nothing where something else stands under the key', async () => {
    await store.set('{r}a', 'what is this', 60);
    expect(await reserve('{r}1', ['{r}a', 4, 10])).toBe(ALLOWED);
    expect(await store.get('{r}a')).toBe('4');
  });
});

it('a store that is full takes no part of a reservation', async () => {
  const store = new MemoryStore({ maxCounters: 2 });
  const args = [LIFE, 1, 10, LIFE, 1, 10, LIFE];
  expect(await store.run(RESERVE, ['1', 'a', 'b'], args)).toBe(NO_ROOM);
  expect(await store.get('a')).toBeUndefined();
  await store.close();
});

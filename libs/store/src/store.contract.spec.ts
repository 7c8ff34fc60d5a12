import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { underLock } from './lock.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import { type AtomicScript, type Store, StoreFullError, StoreUnavailableError } from './store.js';

const redisUrl = process.env.TEST_REDIS_URL;

const backings: [name: string, open: () => Store][] = [['the in-process store', () => new MemoryStore()]];
if (redisUrl) {
  backings.push(['Redis', () => new RedisStore(redisUrl, `test-${randomUUID()}:`, () => undefined)]);
}

/** Adds to a counter, and tells what is left of its life. */
const ADD: AtomicScript<[number, number]> = {
  lua: `local n = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1])
redis.call('SET', KEYS[1], n, 'PX', ARGV[2])
return {n, redis.call('PTTL', KEYS[1])}`,
  local(keyspace, [key], [amount, ttl]) {
    const sum = Number(keyspace.get(key!) ?? 0) + Number(amount);
    keyspace.set(key!, String(sum), Number(ttl));
    return [sum, keyspace.ttl(key!)];
  },
};

describe.each(backings)('the contract of a store: %s', (_, open) => {
  let store: Store;
  beforeEach(() => (store = open()));
  afterEach(() => store.close());

  it('underLock: one at a time, and nobody takes away the lock of another', async () => {
    const first = await underLock(store, 'lock', 10, async () => {
      expect(await underLock(store, 'lock', 10, () => Promise.resolve('second'))).toBeUndefined();
      // It took too long: another one has begun meanwhile.
      await store.set('lock', 'of another', 10);
      return 'first';
    });
    expect(first).toEqual({ value: 'first' });
    expect(await store.get('lock')).toBe('of another');
    await store.delete('lock');
    const failing = underLock(store, 'lock', 10, () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    expect(await store.get('lock')).toBeUndefined();
  });

  it('get: what was set, undefined for what never was', async () => {
    await store.set('a', 'väl\u0000ue "1"', 10);
    expect(await store.get('a')).toBe('väl\u0000ue "1"');
    expect(await store.get('b')).toBeUndefined();
  });

  it('set: replaces the value and the lifetime', async () => {
    await store.set('a', '1', 0.1);
    await store.set('a', '2', 10);
    await sleep(150);
    expect(await store.get('a')).toBe('2');
  });

  it('a value ends with its lifetime, for every operation', async () => {
    for (const key of ['get', 'take', 'exchange', 'add']) await store.set(key, 'old', 0.05);
    await sleep(100);
    expect(await store.get('get')).toBeUndefined();
    expect(await store.take('take')).toBeUndefined();
    expect(await store.exchange('exchange', 'new')).toBeUndefined();
    expect(await store.add('add', 'new', 10)).toBe(true);
  });

  it('add: exactly one of many wins, and the loser changes nothing', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.add('once', String(i), 10)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await store.get('once')).toBe(String(results.indexOf(true)));
  });

  it('take: the value goes to exactly one of many', async () => {
    await store.set('code', 'grant', 10);
    const results = await Promise.all(Array.from({ length: 50 }, () => store.take('code')));
    expect(results.filter((one) => one === 'grant')).toHaveLength(1);
    expect(results.filter((one) => one === undefined)).toHaveLength(49);
  });

  it('exchange: gives the earlier value to exactly one, keeps the lifetime, sets nothing anew', async () => {
    await store.set('code', 'grant', 0.3);
    const results = await Promise.all(Array.from({ length: 50 }, () => store.exchange('code', 'redeemed')));
    expect(results.filter((one) => one === 'grant')).toHaveLength(1);
    expect(await store.get('code')).toBe('redeemed');
    await sleep(400);
    expect(await store.get('code')).toBeUndefined();
    expect(await store.exchange('never', 'x')).toBeUndefined();
    expect(await store.get('never')).toBeUndefined();
  });

  it('delete: any number of keys, known or not', async () => {
    await store.set('a', '1', 10);
    await store.set('b', '2', 10);
    await store.delete('a', 'b', 'c');
    await store.delete();
    expect([await store.get('a'), await store.get('b')]).toEqual([undefined, undefined]);
  });

  it('run: nothing comes between the steps of a script', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => store.run(ADD, ['n'], [2, 10_000])));
    expect(new Set(replies.map(([sum]) => sum)).size).toBe(100);
    expect(await store.get('n')).toBe('200');
    expect(replies[0]![1]).toBeGreaterThan(9_000);
  });

  it('run: a script that is new in the middle of other commands', async () => {
    const fresh = { ...ADD, lua: `${ADD.lua} -- ${randomUUID()}` };
    const work = [store.get('a'), store.run(ADD, ['n'], [1, 10_000]), store.run(fresh, ['m'], [2, 10_000])];
    const [, [n], [m]] = (await Promise.all(work)) as [unknown, [number, number], [number, number]];
    expect([n, m]).toEqual([1, 2]);
    expect((await store.run(fresh, ['m'], [1, 10_000]))[0]).toBe(3);
  });

  it('ping answers', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
});

describe('the in-process store', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'store-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is kept over a restart, with what is left of each lifetime, readable by its owner only', async () => {
    const file = join(folder, 'store.json');
    const first = new MemoryStore({ file });
    await first.set('long', 'kept', 10);
    await first.set('short', 'gone', 0.05);
    await first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await sleep(100);
    const second = new MemoryStore({ file });
    expect([await second.get('long'), await second.get('short')]).toEqual(['kept', undefined]);
    await second.close();
  });

  it('writes nothing while nothing changes, and starts empty on a file that is broken', async () => {
    const file = join(folder, 'store.json');
    await new MemoryStore({ file }).close();
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, '[["half"');
    const store = new MemoryStore({ file });
    expect(await store.get('half')).toBeUndefined();
    await store.close();
  });

  it('refuses a write when it is full, rather than forget what protects from replay', async () => {
    const store = new MemoryStore({ maxEntries: 2 });
    await store.set('a', '1', 0.05);
    await store.set('b', '2', 10);
    await expect(store.add('c', '3', 10)).rejects.toThrow(StoreUnavailableError);
    await store.set('b', 'again', 10);
    // It looks for what has expired once a second.
    await sleep(1_050);
    expect(await store.add('c', '3', 10)).toBe(true);
    await store.close();
  });

  it('counters have a bound of their own, over a restart, too: they take no room from anything else', async () => {
    const COUNT = { ...ADD, counts: true };
    const file = join(folder, 'store.json');
    const first = new MemoryStore({ maxEntries: 1, maxCounters: 2, file });
    for (const key of ['a', 'b']) await first.run(COUNT, [key], [1, 60_000]);
    await first.close();
    const told: Error[] = [];
    const options = { maxEntries: 1, maxCounters: 2, file, onError: (error: Error) => told.push(error) };
    const second = new MemoryStore(options);
    for (let i = 0; i < 10; i++) {
      await expect(second.run(COUNT, [`c${i}`], [1, 60_000])).rejects.toThrow(StoreFullError);
    }
    expect(told).toHaveLength(1);
    expect((await second.run(COUNT, ['a'], [1, 60_000]))[0]).toBe(2);
    await second.set('session', 'kept', 10);
    await expect(second.set('another', '', 10)).rejects.toThrow(StoreFullError);
    await second.delete('b');
    expect((await second.run(COUNT, ['c'], [1, 60_000]))[0]).toBe(1);
    await second.close();
  });
});

describe('Redis that is away', () => {
  it('every operation fails soon, as StoreUnavailableError', async () => {
    const errors: Error[] = [];
    const store = new RedisStore('redis://127.0.0.1:1', 'test:', (error) => errors.push(error));
    const begin = Date.now();
    for (const operation of [
      store.get('a'),
      store.set('a', '1', 1),
      store.add('a', '1', 1),
      store.take('a'),
      store.ping(),
    ]) {
      await expect(operation).rejects.toThrow(StoreUnavailableError);
    }
    await expect(store.run(ADD, ['a'], [1, 1])).rejects.toThrow(StoreUnavailableError);
    expect(Date.now() - begin).toBeLessThan(3_000);
    expect(errors.length).toBeGreaterThan(0);
    await store.close();
  });
});

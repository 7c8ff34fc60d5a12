import { randomUUID } from 'node:crypto';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import { type AtomicScript, type Store } from './store.js';

const redisUrl = process.env.TEST_REDIS_URL;
const backings: [string, () => Store][] = [['the in-process store', () => new MemoryStore()]];
if (redisUrl) {
  backings.push([
    'Redis',
    () =>
      new RedisStore(redisUrl, `contract:${randomUUID()}:`, (error) => {
        throw error;
      }),
  ]);
}

const COUNT: AtomicScript<number> = {
  name: 'gatehouseTestCount',
  lua: `local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`,
  local(keyspace, [key], [ttl]) {
    const count = Number(keyspace.get(key!) ?? 0) + 1;
    keyspace.set(key!, String(count), count === 1 ? Number(ttl) : undefined);
    return count;
  },
};

describe.each(backings)('the contract of a store, kept by %s', (_name, open) => {
  let store: Store;

  beforeAll(() => (store = open()));
  afterAll(() => store.close());

  it('keeps a value until it expires', async () => {
    await store.set('short', 'value', 0.2);
    expect(await store.get('short')).toBe('value');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await store.get('short')).toBeUndefined();
  });

  it('adds for exactly one of many callers', async () => {
    const added = await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.add('once', String(index), 10)),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
  });

  it('gives a value to exactly one of many takers', async () => {
    await store.set('taken', 'value', 10);
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.take('taken')));
    expect(taken.filter((value) => value === 'value')).toHaveLength(1);
    expect(await store.get('taken')).toBeUndefined();
  });

  it('exchanges a value once, and keeps its lifetime', async () => {
    await store.set('exchanged', 'first', 0.3);
    const found = await Promise.all(Array.from({ length: 50 }, () => store.exchange('exchanged', 'second')));
    expect(found.filter((value) => value === 'first')).toHaveLength(1);
    expect(found.filter((value) => value === 'second')).toHaveLength(49);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await store.get('exchanged')).toBeUndefined();
  });

  it('does not make a key by exchanging it', async () => {
    expect(await store.exchange('absent', 'value')).toBeUndefined();
    expect(await store.get('absent')).toBeUndefined();
  });

  it('runs a script that nothing comes between', async () => {
    const counts = await Promise.all(
      Array.from({ length: 100 }, () => store.run(COUNT, ['count'], [10_000])),
    );
    expect(new Set(counts).size).toBe(100);
  });

  it('deletes several keys at once', async () => {
    await store.set('a', '1', 10);
    await store.set('b', '1', 10);
    await store.delete('a', 'b', 'c');
    expect([await store.get('a'), await store.get('b')]).toEqual([undefined, undefined]);
  });
});

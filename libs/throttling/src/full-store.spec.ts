import { MemoryStore, StoreFullError } from '@gatehouse/store';
import type { Limit } from './limit.js';
import { StoreThrottlerStorage } from './store-throttler-storage.js';

describe('an in-process store that keeps no more counters', () => {
  let store: MemoryStore;
  let storage: StoreThrottlerStorage;
  beforeEach(() => {
    store = new MemoryStore({ maxCounters: 3 });
    storage = new StoreThrottlerStorage(store);
  });
  afterEach(() => store.close());

  const limit = (name: string, others: Partial<Limit> = {}): Limit => ({
    ...{ name, key: name, limit: 5, windowMs: 60_000 },
    ...others,
  });

  it('fails the charge that would begin one, and no other of those that come with it', async () => {
    await storage.consume([limit('a')]);
    const outcomes = await Promise.allSettled(
      [[limit('a')], [limit('b')], [limit('c'), limit('d')], [limit('e')], [limit('f')]].map((limits) =>
        storage.consume(limits),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'rejected'],
    ]);
    expect((outcomes[2] as PromiseRejectedResult).reason).toBeInstanceOf(StoreFullError);
    // What failed was not counted in part.
    expect((await storage.look([limit('c'), limit('d')])).map(({ used }) => used)).toEqual([0, 0]);
    expect((await storage.consume([limit('a')])).states[0]!.used).toBe(3);
  });

  it('what is under way goes on, and is given back', async () => {
    const atOnce = limit('at-once', { algorithm: 'concurrency', windowMs: 0 });
    const { release } = await storage.consume([atOnce]);
    for (const name of ['a', 'b']) await storage.consume([limit(name)]);
    await expect(storage.consume([limit('c')])).rejects.toThrow(StoreFullError);
    release!();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await storage.consume([limit('c')])).states[0]!.used).toBe(1);
  });
});

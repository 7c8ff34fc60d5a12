import { type AtomicScript, MemoryStore } from '@gatehouse/store';
import type { Limit } from './limit.js';
import { StoreThrottlerStorage } from './store-throttler-storage.js';

/** The in-process store, as strict as a Redis Cluster: a script whose keys lie in several slots is refused. */
class ClusteredStore extends MemoryStore {
  override readonly clustered = true;
  runs = 0;
  /** A slot that does not answer. */
  away: string | undefined;

  override async run<Reply>(script: AtomicScript<Reply>, keys: string[], args: (string | number)[]) {
    this.runs += 1;
    const slots = new Set(keys.map((key) => /\{(.*?)\}/.exec(key)![1]!));
    if (slots.size > 1) throw new Error("CROSSSLOT Keys in request don't hash to the same slot");
    if (this.away !== undefined && slots.has(this.away)) throw new Error('CLUSTERDOWN');
    return super.run(script, keys, args);
  }
}

describe('limits that lie in several slots of a Redis Cluster', () => {
  let store: ClusteredStore;
  let storage: StoreThrottlerStorage;
  beforeEach(() => {
    store = new ClusteredStore();
    storage = new StoreThrottlerStorage(store);
  });
  afterEach(() => store.close());

  const limit = (slot: string, name: string, value: number, others: Partial<Limit> = {}): Limit => ({
    name,
    key: `{${slot}}:${name}`,
    limit: value,
    windowMs: 60_000,
    ...others,
  });
  const used = async (limits: Limit[]) => (await storage.look(limits)).map((state) => state.used);

  it('are counted side by side: one script for each slot', async () => {
    const limits = [limit('route', 'a', 5), limit('acme', 'b', 5), limit('route', 'c', 5)];
    const { states, refusedBy } = await storage.consume(limits);
    expect(refusedBy).toBeUndefined();
    expect(states.map(({ name, used: count }) => [name, count])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect(store.runs).toBe(2);
  });

  it('when one refuses, what the others counted is given back, and the answer says so', async () => {
    const limits = [
      limit('route', 'wide', 9),
      limit('acme', 'narrow', 1),
      limit('third', 'gcra', 9, { algorithm: 'gcra' }),
    ];
    await storage.consume(limits);
    for (let i = 0; i < 5; i++) {
      const { refusedBy, states } = await storage.consume(limits);
      expect(refusedBy?.name).toBe('narrow');
      expect(states.map((state) => state.used)).toEqual([1, 1, 1]);
    }
    expect(await used(limits)).toEqual([1, 1, 1]);
  });

  it('of many at once more than the limits say never pass', async () => {
    const limits = [limit('route', 'a', 20), limit('acme', 'b', 15)];
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => storage.consume(limits)));
    const passed = outcomes.filter(({ refusedBy }) => !refusedBy).length;
    expect(passed).toBeLessThanOrEqual(15);
    expect(await used(limits)).toEqual([passed, passed]);
  });

  it('what lasts as long as a request is released with the others', async () => {
    const atOnce = limit('route', 'at-once', 1, { algorithm: 'concurrency', windowMs: 0 });
    const narrow = limit('acme', 'narrow', 1);
    const first = await storage.consume([atOnce, narrow]);
    expect((await storage.consume([atOnce])).refusedBy).toBeDefined();
    first.release!();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The narrow one refuses: the place at the other is free again.
    expect((await storage.consume([atOnce, narrow])).refusedBy?.name).toBe('narrow');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await used([atOnce])).toEqual([0]);
  });

  it('when a slot does not answer, what the others counted is given back', async () => {
    const limits = [limit('route', 'a', 5), limit('acme', 'b', 5)];
    store.away = 'acme';
    await expect(storage.consume(limits)).rejects.toThrow('CLUSTERDOWN');
    store.away = undefined;
    expect(await used(limits)).toEqual([0, 0]);
  });
});

import { type AtomicScript, MemoryStore } from '@gatehouse/store';
import { Charges } from './charges.js';
import type { Limit } from './limit.js';

/** A store that may lose a command before it is run, or its answer after. */
class LossyStore extends MemoryStore {
  loses: 'command' | 'answer' | undefined;

  override async run<Reply>(script: AtomicScript<Reply>, keys: string[], args: (string | number)[]) {
    const { loses } = this;
    if (loses === 'command') throw new Error('away');
    const reply = await super.run(script, keys, args);
    if (loses === 'answer') throw new Error('away');
    return reply;
  }
}

describe('leases of requests that last', () => {
  const limit: Limit = { name: 'c', key: 'c', limit: 2, windowMs: 0, algorithm: 'concurrency' };
  let store: LossyStore;
  let charges: Charges;
  let other: Charges;
  beforeEach(() => {
    store = new LossyStore();
    charges = new Charges(store, () => undefined, 'one');
    other = new Charges(store, () => undefined, 'other');
  });
  afterEach(() => store.close());

  const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
  const used = async () => (await other.add([limit], 0)).states[0]!.used;

  it('are given back once, however often that is said', async () => {
    const [first] = [await charges.add([limit]), await charges.add([limit])];
    expect(await used()).toBe(2);
    for (let i = 0; i < 3; i++) first.release!();
    await turn();
    expect(await used()).toBe(1);
  });

  it('of processes add up', async () => {
    await charges.add([limit]);
    await other.add([limit]);
    expect((await charges.add([limit])).refusedBy).toBeDefined();
  });

  it.each(['command', 'answer'] as const)(
    'a lost %s of an acquisition is put right by the next one',
    async (loses) => {
      store.loses = loses;
      await expect(charges.add([limit])).rejects.toThrow('away');
      store.loses = undefined;
      expect((await charges.add([limit])).refusedBy).toBeUndefined();
      expect(await used()).toBe(1);
    },
  );

  it.each(['command', 'answer'] as const)(
    'a lost %s of a release is put right by the next one',
    async (loses) => {
      const first = await charges.add([limit]);
      store.loses = loses;
      first.release!();
      await turn();
      store.loses = undefined;
      expect((await charges.add([limit])).refusedBy).toBeUndefined();
      expect(await used()).toBe(1);
    },
  );

  it('a store that was emptied learns of them again', async () => {
    await charges.add([limit]);
    await store.delete('c');
    expect(await used()).toBe(0);
    (await charges.add([limit])).release!();
    await turn();
    expect(await used()).toBe(1);
  });
});

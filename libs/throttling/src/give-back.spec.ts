import { MemoryStore } from '@gatehouse/store';
import { StoreThrottlerStorage } from './store-throttler-storage.js';

describe('StoreThrottlerStorage.giveBack', () => {
  const store = new MemoryStore();
  const storage = new StoreThrottlerStorage(store);
  const limit = { name: 'x', limit: 2, windowMs: 60_000 };
  afterAll(() => store.close());

  it('makes room for as many as it is called, and no more', async () => {
    const limits = [{ ...limit, key: '{x}:a' }];
    const used = async () => (await storage.consume(limits)).states[0]!.used;
    expect([await used(), await used()]).toEqual([1, 2]);
    await storage.giveBack([...limits, { ...limit, key: '{x}:never' }]);
    expect(await used()).toBe(2);
    expect((await storage.consume(limits)).refusedBy).toBeDefined();
    for (let count = 0; count < 9; count += 1) await storage.giveBack(limits);
    expect(await used()).toBe(1);
  });
});

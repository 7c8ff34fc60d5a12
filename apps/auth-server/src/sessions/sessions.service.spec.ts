import { MemoryStore } from '@gatehouse/store';
import { SessionsService } from './sessions.service.js';

describe('SessionsService', () => {
  const store = new MemoryStore();
  const sessions = new SessionsService(store);
  afterAll(() => store.close());

  it('gives a secret of its own at every login, and finds who it is by it', async () => {
    const before = Math.floor(Date.now() / 1000);
    const [one, two] = [await sessions.create('ada', ['pwd']), await sessions.create('ada', ['pwd'])];
    expect(one).not.toBe(two);
    const session = await sessions.find(one);
    expect(session).toMatchObject({ userId: 'ada', amr: ['pwd'] });
    expect(session!.authTime - before).toBeLessThanOrEqual(1);
  });

  it('keeps no secret: not as a key, not in a value', async () => {
    const written: string[] = [];
    const watched = new SessionsService(
      Object.assign(Object.create(store) as MemoryStore, {
        set: async (key: string, value: string) => void written.push(key, value),
      }),
    );
    const secret = await watched.create('ada', ['pwd']);
    expect(written).toHaveLength(2);
    expect(written.join()).not.toContain(secret);
  });

  it('ends one session and leaves the others', async () => {
    const [one, two] = [await sessions.create('ada', ['pwd']), await sessions.create('ada', ['pwd'])];
    await sessions.end(one);
    expect(await sessions.find(one)).toBeUndefined();
    expect(await sessions.find(two)).toBeDefined();
  });

  it('lives for eight hours', async () => {
    const lifetimes: number[] = [];
    const watched = new SessionsService(
      Object.assign(Object.create(store) as MemoryStore, {
        set: async (_key: string, _value: string, ttl: number) => void lifetimes.push(ttl),
      }),
    );
    await watched.create('ada', ['pwd']);
    expect(lifetimes).toEqual([28_800]);
  });

  it('finds nothing without a cookie, or by a made-up one', async () => {
    expect(await sessions.find(undefined)).toBeUndefined();
    expect(await sessions.find('')).toBeUndefined();
    expect(await sessions.find('made-up')).toBeUndefined();
    await expect(sessions.end(undefined)).resolves.toBeUndefined();
  });
});

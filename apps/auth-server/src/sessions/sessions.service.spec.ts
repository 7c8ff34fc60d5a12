import { MemoryStore } from '@gatehouse/store';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { SessionsService } from './sessions.service.js';

const nobodyListens = new DiscoveryService(new ModulesContainer());

describe('SessionsService', () => {
  const store = new MemoryStore();
  const sessions = new SessionsService(store, nobodyListens);
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
        run: async (_script: unknown, keys: string[], args: unknown[]) =>
          written.push(...keys, ...args.map(String)),
      }),
      nobodyListens,
    );
    const secret = await watched.create('ada', ['pwd']);
    expect(written).toHaveLength(6);
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
      nobodyListens,
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

  it('lists the sessions of a person, ends one by its name, or all', async () => {
    const secrets = [
      await sessions.create('eve', ['pwd'], { address: '192.0.2.1' }),
      await sessions.create('eve', []),
    ];
    const [first, second] = await sessions.ofUser('eve');
    expect(first!.device.address).toBe('192.0.2.1');
    expect(await sessions.endOne('ada', first!.sid)).toBe(false);
    expect(await sessions.endOne('eve', first!.sid)).toBe(true);
    expect(await sessions.find(secrets[0])).toBeUndefined();
    expect((await sessions.ofUser('eve')).map(({ sid }) => sid)).toEqual([second!.sid]);
    await sessions.endAll('eve');
    expect(await sessions.ofUser('eve')).toEqual([]);
  });

  it('goes on under a new secret when the same person signs in again, and ends when another does', async () => {
    const before = await sessions.create('joe', ['pwd']);
    const session = (await sessions.find(before))!;
    await sessions.noteClient(session, 'shop');
    const after = await sessions.replace(before, 'joe', ['pwd']);
    expect(after).not.toBe(before);
    expect(await sessions.find(before)).toBeUndefined();
    expect((await sessions.find(after))!.sid).toBe(session.sid);
    expect(await sessions.clientsOf(session)).toEqual(['shop']);
    const other = await sessions.replace(after, 'ann', ['pwd']);
    expect((await sessions.find(other))!.sid).not.toBe(session.sid);
    expect(await sessions.ofUser('joe')).toEqual([]);
    expect(await sessions.clientsOf(session)).toEqual([]);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore } from '@gatehouse/store';
import type { Config } from '../config.js';
import type { LoginClient } from './login-client.js';
import { type SessionKey, SessionStore } from './session-store.js';
import type { Session } from './session.js';

const CLIENT = { name: 'staff', issuer: 'https://idp.example', clientId: 'gateway' } as LoginClient;
const KEY: SessionKey = 'session:k';

describe('a login session in the store', () => {
  const store = new MemoryStore();
  afterAll(() => store.close());

  function sessions(secret = 'a'): SessionStore {
    return new SessionStore(store, { secret: secret.repeat(32) } as Config);
  }

  function session(lifetime = 60): Session {
    const tokens = { accessToken: 'at-secret', idToken: 'it-secret', renewedAt: 0 };
    const endsAt = Math.floor(Date.now() / 1000) + lifetime;
    const asked = { scopes: [], acrValues: [] };
    return { caller: { subject: 'ada' }, groups: [], asked, tokens, endsAt };
  }

  it('is encrypted, whole', async () => {
    await sessions().put(CLIENT, KEY, session());
    expect(await store.get(KEY)).not.toMatch(/ada|secret/);
    expect(await sessions().read(CLIENT, KEY)).toMatchObject({ caller: { subject: 'ada' } });
  });

  it('of another GATEHOUSE_SECRET is none: to sign in again helps', async () => {
    await sessions().put(CLIENT, KEY, session());
    expect(await sessions('b').read(CLIENT, KEY)).toBeUndefined();
    expect(await sessions('b').take(CLIENT, KEY)).toBeUndefined();
  });

  it.each([{ name: 'other' }, { issuer: 'https://other.example' }, { clientId: 'other' }])(
    'of another login client is none: %j',
    async (other) => {
      await sessions().put(CLIENT, KEY, session());
      expect(await sessions().read({ ...CLIENT, ...other }, KEY)).toBeUndefined();
    },
  );

  it('that was ended while it was renewed stays so', async () => {
    await sessions().put(CLIENT, KEY, session());
    await sessions().delete([KEY]);
    expect(await sessions().replace(CLIENT, KEY, session())).toBe(false);
    expect(await sessions().read(CLIENT, KEY)).toBeUndefined();
  });

  it('each use gives it its idle time again; without one it ends', async () => {
    const idle = { ...CLIENT, sessionIdle: 1 };
    await sessions().put(idle, KEY, session());
    for (let use = 0; use < 3; use++) {
      await sleep(600);
      expect(await sessions().read(idle, KEY)).toBeDefined();
    }
    await sleep(1_100);
    expect(await sessions().read(idle, KEY)).toBeUndefined();
  });

  it('its end comes, however much it is used', async () => {
    const idle = { ...CLIENT, sessionIdle: 60 };
    await sessions().put(idle, KEY, session(2));
    await sleep(700);
    expect(await sessions().read(idle, KEY)).toBeDefined();
    await sleep(1_600);
    expect(await sessions().read(idle, KEY)).toBeUndefined();
  });
});

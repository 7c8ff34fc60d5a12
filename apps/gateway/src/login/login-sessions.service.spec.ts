import { MemoryStore } from '@gatehouse/store';
import type { Config } from '../config.js';
import type { AccessTokens } from '../tokens/access-tokens.service.js';
import type { AuthServerClient } from '../tokens/auth-server.client.js';
import { LoginSessions } from './login-sessions.service.js';

describe('a login session', () => {
  const store = new MemoryStore();
  afterAll(() => store.close());

  function sessionsUnder(secret: string): LoginSessions {
    const tokens = { verify: () => Promise.resolve({ claims: { sub: 'ada' } }) } as unknown as AccessTokens;
    return new LoginSessions(store, { secret } as Config, tokens, {} as AuthServerClient);
  }

  it('of another GATEHOUSE_SECRET is none: to sign in again helps', async () => {
    const before = sessionsUnder('a'.repeat(32));
    const secret = await before.create({
      caller: { subject: 'ada' },
      asked: [],
      accessToken: 'token',
      refreshToken: undefined,
    });
    expect(await before.find(secret)).toMatchObject({ caller: { subject: 'ada' } });
    const after = sessionsUnder('b'.repeat(32));
    expect(await after.find(secret)).toBeUndefined();
    await expect(after.end(secret)).resolves.toBeUndefined();
  });
});

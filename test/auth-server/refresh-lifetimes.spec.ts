import { AuthServer, claimsOf, type TestClient } from './auth-server.js';

/** Seconds of tolerance between this clock and PostgreSQL's. */
const NEAR = 5;

describe('the lifetimes of refresh tokens (RFC 9700 §4.14.2)', () => {
  let server: AuthServer;

  beforeAll(async () => {
    server = await AuthServer.start({
      GATEHOUSE_REFRESH_TOKEN_IDLE: '1000',
      GATEHOUSE_REFRESH_TOKEN_ABSOLUTE: '2000',
      GATEHOUSE_REFRESH_TOKEN_GRACE: '0',
    });
  });
  afterAll(() => server.stop());

  /** Seconds until it ends. */
  async function lifeOf(client: TestClient, token: unknown): Promise<number> {
    const { body } = await server.post('/oauth2/introspect', { token: token as string }, client);
    return (body.exp as number) - Date.now() / 1000;
  }

  it('GATEHOUSE_REFRESH_TOKEN_IDLE: an unused one ends, and use begins the time anew', async () => {
    const client = await server.client();
    const { refresh_token: token, access_token: access } = await server.tokens(client);
    expect(Math.abs((await lifeOf(client, token)) - 1_000)).toBeLessThan(NEAR);
    await server.sql(
      "UPDATE auth.refresh_token SET expires_at = expires_at - interval '900 s' WHERE grant_id = $1",
      [claimsOf(access).grant_id],
    );
    const { body } = await server.refresh(client, token);
    expect(Math.abs((await lifeOf(client, body.refresh_token)) - 1_000)).toBeLessThan(NEAR);
  });

  it('GATEHOUSE_REFRESH_TOKEN_ABSOLUTE: none outlives its grant’s time', async () => {
    const client = await server.client();
    const { refresh_token: token, access_token: access } = await server.tokens(client);
    await server.sql(
      "UPDATE auth.oauth_grant SET created_at = created_at - interval '1900 s' WHERE id = $1",
      [claimsOf(access).grant_id],
    );
    const { body } = await server.refresh(client, token);
    expect(Math.abs((await lifeOf(client, body.refresh_token)) - 100)).toBeLessThan(NEAR);
  });

  it('GATEHOUSE_REFRESH_TOKEN_GRACE=0: a second use, however soon, revokes the family', async () => {
    const client = await server.client();
    const { refresh_token: token } = await server.tokens(client);
    const { body } = await server.refresh(client, token);
    expect((await server.refresh(client, token)).body.error).toBe('invalid_grant');
    expect((await server.refresh(client, body.refresh_token as string)).body.error).toBe('invalid_grant');
    expect(await server.isActive(client, body.access_token as string)).toBe(false);
  });

  it('a client may have its own', async () => {
    const client = await server.client({
      refresh_token_idle: 50,
      refresh_token_absolute: 80,
      refresh_token_grace: 30,
    });
    const { refresh_token: token, access_token: access } = await server.tokens(client);
    expect(Math.abs((await lifeOf(client, token)) - 50)).toBeLessThan(NEAR);
    const first = await server.refresh(client, token);
    const again = await server.refresh(client, token);
    expect([again.status, again.body.refresh_token]).toEqual([200, first.body.refresh_token]);
    await server.sql("UPDATE auth.oauth_grant SET created_at = created_at - interval '60 s' WHERE id = $1", [
      claimsOf(access).grant_id,
    ]);
    const { body } = await server.refresh(client, first.body.refresh_token as string);
    expect(Math.abs((await lifeOf(client, body.refresh_token)) - 20)).toBeLessThan(NEAR);
  });

  it('RFC 6749 §6: scopes narrowed once are whole again the next time, and never grow (authentik CVE-2024-52287)', async () => {
    const client = await server.client();
    const tokens = await server.tokens(client, { scopes: ['openid', 'offline_access', 'demo:read'] });
    const narrow = await server.refresh(client, tokens.refresh_token, { scope: 'demo:read' });
    expect([narrow.body.scope, narrow.body.id_token]).toEqual(['demo:read', undefined]);
    const whole = await server.refresh(client, narrow.body.refresh_token as string);
    expect(whole.body.scope).toBe('openid offline_access demo:read');
    for (const scope of ['demo:write', 'demo:read demo:write', 'admin', 'introspect', 'email']) {
      const more = await server.refresh(client, whole.body.refresh_token as string, { scope });
      expect(more.body.error).toBe('invalid_scope');
    }
  });
});

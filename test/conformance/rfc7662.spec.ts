import { AuthServer, type TestClient } from '../auth-server/auth-server.js';

describe('token introspection', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
  });
  afterAll(() => server.stop());

  const introspect = (token: string | undefined, more: Record<string, string> = {}) =>
    server.post('/oauth2/introspect', { token, ...more }, client);

  it('RFC 7662 §2.1: a request without token is invalid_request', async () => {
    const { status, body } = await introspect(undefined);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('RFC 7662 §2.1: GET is no introspection, and the query is not read', async () => {
    const { access_token: token } = await server.tokens(client);
    expect((await server.fetch(`/oauth2/introspect?token=${token}`)).status).toBe(404);
    expect((await server.post(`/oauth2/introspect?token=${token}`, {}, client)).status).toBe(400);
  });

  it('RFC 7662 §2.1: a wrong token_type_hint changes nothing', async () => {
    const tokens = await server.tokens(client);
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      for (const token of [tokens.access_token, tokens.refresh_token]) {
        expect((await introspect(token, { token_type_hint: hint })).body.active).toBe(true);
      }
    }
  });

  it('RFC 7662 §2.2: of a token that is not active nothing else is told', async () => {
    const { refresh_token: token } = await server.tokens(client);
    await server.refresh(client, token);
    expect((await introspect(token)).body).toEqual({ active: false });
    expect((await introspect('nonsense')).body).toEqual({ active: false });
  });

  it('RFC 7662 §2.3: a wrong secret is 401 invalid_client', async () => {
    const { access_token: token } = await server.tokens(client);
    const answer = await server.post('/oauth2/introspect', { token }, { ...client, secret: 'wrong' });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('RFC 7662 §4: an expired, a revoked and a changed token are not active', async () => {
    const brief = await server.client({ access_token_lifetime: 1 });
    const { access_token: expiring } = await server.tokens(brief);
    const { access_token: token } = await server.tokens(client);
    expect((await introspect(`${token!.slice(0, -4)}AAAA`)).body).toEqual({ active: false });
    await server.post('/oauth2/revoke', { token }, client);
    expect((await introspect(token)).body).toEqual({ active: false });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await server.isActive(brief, expiring)).toBe(false);
  });
});

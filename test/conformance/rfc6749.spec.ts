import { newSecret, s256Challenge } from '@gatehouse/token';
import { Store } from '@gatehouse/store';
import { AuthServer, claimsOf, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, CALLBACK, PASSWORD, newUser, signedIn } from '../auth-server/people.js';

const PUBLIC = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] };

describe('OAuth 2.0', () => {
  let server: AuthServer;
  let client: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  it('RFC 6749 §2.3.1: the secret in the query does not authenticate', async () => {
    const query = new URLSearchParams({ client_id: client.clientId, client_secret: client.secret! });
    const { status, body } = await server.post(`/oauth2/token?${query}`, {
      grant_type: 'client_credentials',
      client_id: client.clientId,
    });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('RFC 6749 §3.1: the addresses of the endpoints have no fragment', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    const endpoints = Object.entries(body).filter(([name]) => name.endsWith('_endpoint'));
    expect(endpoints.length).toBeGreaterThan(3);
    for (const [, address] of endpoints) expect(address).not.toContain('#');
  });

  it.each(['nonsense', 'code nonsense', 'CODE'])(
    'RFC 6749 §3.1.1: an unknown response_type is unsupported_response_type: %j',
    async (responseType) => {
      const answer = answerOf(await ask(server, client, { response_type: responseType }));
      expect(answer.error).toBe('unsupported_response_type');
    },
  );

  it('RFC 6749 §3.2: parameters without a value and unknown ones are ignored at the token endpoint', async () => {
    const form = { grant_type: 'client_credentials', scope: '', resource: '', extra: 'x' };
    const { status, body } = await server.post('/oauth2/token', form, client);
    expect(body.scope).toBe('demo:read demo:write');
    expect(status).toBe(200);
  });

  it('RFC 6749 §3.3: a scope that differs from the one asked for is told', async () => {
    const online = await server.client({ grant_types: ['authorization_code'], first_party: true });
    const verifier = newSecret();
    const members = { scope: 'openid offline_access demo:read', code_challenge: s256Challenge(verifier) };
    const { code } = answerOf(await ask(server, online, members, person.browser));
    const { body } = await server.post(
      '/oauth2/token',
      { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier },
      online,
    );
    expect(body.scope).toBe('openid demo:read');
  });

  it('RFC 6749 §3.3: scopes in another order mean the same', async () => {
    const [one, other] = await Promise.all(
      ['demo:read demo:write', 'demo:write demo:read'].map((scope) =>
        server.post('/oauth2/token', { grant_type: 'client_credentials', scope }, client),
      ),
    );
    const scopesOf = (answer: typeof one) => String(answer!.body.scope).split(' ').sort();
    expect(scopesOf(one)).toEqual(['demo:read', 'demo:write']);
    expect(scopesOf(other)).toEqual(scopesOf(one));
  });

  it('RFC 6749 §4.1.2: a code ends by itself, after a minute', async () => {
    const set = jest.spyOn(server.get(Store), 'set');
    await server.code(client);
    expect(set.mock.calls.map(([, , seconds]) => seconds)).toEqual([60]);
    set.mockRestore();
  });

  it('RFC 6749 §4.1.3: a public client without client_id is refused', async () => {
    const app = await server.client(PUBLIC);
    const { form } = await server.code(app);
    const anonymous = await server.post('/oauth2/token', form);
    expect([anonymous.status, anonymous.body.error]).toEqual([401, 'invalid_client']);
    expect((await server.post('/oauth2/token', { ...form, client_id: app.clientId })).status).toBe(200);
  });

  it('RFC 6749 §4.1.3: a request without code is invalid_request', async () => {
    const { form } = await server.code(client);
    const { status, body } = await server.post('/oauth2/token', { ...form, code: undefined }, client);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('RFC 6749 §4.3.2: a confidential client must authenticate for the password grant', async () => {
    const old = await server.client({ grant_types: ['password'], redirect_uris: [] });
    const { username } = await newUser(server);
    const form = { grant_type: 'password', username, password: PASSWORD, client_id: old.clientId };
    const { status, body } = await server.post('/oauth2/token', form);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect((await server.post('/oauth2/token', form, old)).status).toBe(200);
  });

  it('RFC 6749 §4.4.2: client_credentials without authentication is refused', async () => {
    const { status, body } = await server.post('/oauth2/token', {
      grant_type: 'client_credentials',
      client_id: client.clientId,
    });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('RFC 6749 §4.4.3: client_credentials gives no refresh token', async () => {
    const { body } = await server.post('/oauth2/token', { grant_type: 'client_credentials' }, client);
    expect(body.access_token).toEqual(expect.any(String));
    expect(body).not.toHaveProperty('refresh_token');
  });

  it('RFC 6749 §5.1: the answer is JSON with access_token, token_type and expires_in', async () => {
    const { form } = await server.code(client);
    const { status, headers, body } = await server.post('/oauth2/token', form, client);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' });
    const { exp, iat } = claimsOf(body.access_token) as { exp: number; iat: number };
    expect(body.expires_in).toBe(exp - iat);
  });

  it('RFC 6749 §5.2: an error is not stored', async () => {
    const { status, headers } = await server.post('/oauth2/token', { grant_type: 'nonsense' }, client);
    expect(status).toBe(400);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('RFC 6749 §5.2: error_description has no character beyond the allowed ones', async () => {
    for (const scope of ['a"b', 'a\\b', 'é', 'a\nb', '\u0001']) {
      const { body } = await server.post(
        '/oauth2/token',
        { grant_type: 'client_credentials', scope },
        client,
      );
      expect(body.error).toBe('invalid_scope');
      expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    }
  });

  it('RFC 6749 §10.4: a refresh token of a public client is for that client only', async () => {
    const [app, other] = [await server.client(PUBLIC), await server.client(PUBLIC)];
    const { form } = await server.code(app);
    const { body } = await server.post('/oauth2/token', { ...form, client_id: app.clientId });
    const refresh = (of: TestClient) =>
      server.post('/oauth2/token', {
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token as string,
        client_id: of.clientId,
      });
    expect((await refresh(other)).body.error).toBe('invalid_grant');
    expect((await refresh(app)).status).toBe(200);
  });

  it('RFC 9700 §2.2.2: refresh tokens of public clients rotate', async () => {
    const app = await server.client(PUBLIC);
    const { form } = await server.code(app);
    const first = await server.post('/oauth2/token', { ...form, client_id: app.clientId });
    const next = await server.post('/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: first.body.refresh_token as string,
      client_id: app.clientId,
    });
    expect(next.body.refresh_token).toEqual(expect.any(String));
    expect(next.body.refresh_token).not.toBe(first.body.refresh_token);
  });
});

import { AuthServer, basic, claimsOf, type Answer, type TestClient } from './auth-server.js';

const PATH = '/admin/v1/clients';

describe('client administration', () => {
  let server: AuthServer;
  let admin: string;
  const web = (host: string, more: object = {}) => ({
    client_name: 'A web app',
    redirect_uris: [`https://${host}/callback`],
    scope: 'openid demo:read',
    ...more,
  });

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
  });
  afterAll(() => server.stop());

  const call = (path: string, method?: string, body?: unknown): Promise<Answer> =>
    server.call(admin, path, method, body);
  const asClient = (body: Record<string, unknown>): TestClient => ({
    clientId: body.client_id as string,
    secret: body.client_secret as string,
  });

  it('RFC 7591 §3.2.1: registers, with client_id and, this once, client_secret', async () => {
    const { status, body, headers } = await call(PATH, 'POST', web('one.test'));
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      client_id: expect.any(String) as string,
      client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
      client_secret_expires_at: 0,
      redirect_uris: ['https://one.test/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const read = await call(`${PATH}/${body.client_id as string}`);
    expect(read.body.client_name).toBe('A web app');
    expect(JSON.stringify(read.body)).not.toContain('secret_hash');
    expect(read.body).not.toHaveProperty('client_secret');
  });

  it('RFC 7591 §2: ignores metadata it does not know (turnstone#1082)', async () => {
    const { status, body } = await call(
      PATH,
      'POST',
      web('unknown.test', { no_such_member: 'x', 'x#y': {} }),
    );
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('no_such_member');
  });

  it('a public client gets no secret', async () => {
    const { body } = await call(PATH, 'POST', web('public.test', { token_endpoint_auth_method: 'none' }));
    expect(body).not.toHaveProperty('client_secret');
  });

  it.each<[string, object, string]>([
    ['no redirect URI for authorization_code', { redirect_uris: [] }, '/redirect_uris'],
    ['a redirect URI that is http', { redirect_uris: ['http://app.test/cb'] }, '/redirect_uris/0'],
    [
      'a redirect URI with a wildcard',
      { redirect_uris: ['https://a.test/', 'https://*.test/'] },
      '/redirect_uris/1',
    ],
    [
      'an unknown grant type',
      { grant_types: ['authorization_code', 'urn:example:unknown'] },
      '/grant_types/1',
    ],
    [
      'an unknown authentication method',
      { token_endpoint_auth_method: 'tls' },
      '/token_endpoint_auth_method',
    ],
    ['a malformed scope', { scope: 'a"b' }, '/scope'],
    [
      'client_credentials for a public client',
      { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
      '/grant_types',
    ],
    [
      'PKCE waived for a public client',
      { require_pkce: false, token_endpoint_auth_method: 'none' },
      '/require_pkce',
    ],
    ['a logo that is a script', { logo_uri: 'javascript:alert(1)' }, '/logo_uri'],
    ['an endless token', { access_token_lifetime: 1e9 }, '/access_token_lifetime'],
    ['a name that is no text', { client_name: ['x'] }, '/client_name'],
  ])('RFC 9457: %s is 422 and names the member', async (_name, change, pointer) => {
    const { status, body, headers } = await call(PATH, 'POST', web('fault.test', change));
    expect(status).toBe(422);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((body.errors as { pointer: string }[]).map((one) => one.pointer)).toContain(pointer);
  });

  it.each(['"\\u0000"', '"\\ud800"'])('text that cannot be stored (%s) is 400, never 500', async (name) => {
    const answer = await server.fetch(PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: `{"client_name": ${name}, "redirect_uris": ["https://nul.test/cb"]}`,
    });
    expect(answer.status).toBe(400);
  });

  it.each(['[]', '"x"', 'null', '{', ''])('the body %j is 4xx', async (body) => {
    const answer = await server.fetch(PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body,
    });
    expect([400, 422]).toContain(answer.status);
  });

  it('a redirect URI of one client is refused to another, even when both come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(PATH, 'POST', web('taken.test'))));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([201, ...(Array(7).fill(422) as number[])]);
    const refused = answers.find((answer) => answer.status === 422)!;
    expect((refused.body.errors as { pointer: string }[])[0]!.pointer).toBe('/redirect_uris/0');
    const shared = await call(PATH, 'POST', web('taken.test', { share_redirect_uris: true }));
    expect(shared.status).toBe(201);
  });

  it.each(['http://127.0.0.1/cb', 'http://localhost:3000/cb', 'com.example.app:/cb'])(
    'RFC 8252 §7: %s may be that of many clients',
    async (uri) => {
      for (let i = 0; i < 2; i++) {
        expect((await call(PATH, 'POST', web('x.test', { redirect_uris: [uri] }))).status).toBe(201);
      }
    },
  );

  it('PUT replaces all metadata, and frees what it no longer names', async () => {
    const { body } = await call(PATH, 'POST', web('before.test'));
    const path = `${PATH}/${body.client_id as string}`;
    const replaced = await call(path, 'PUT', web('after.test', { client_name: undefined }));
    expect(replaced.status).toBe(200);
    expect(replaced.body).not.toHaveProperty('client_name');
    expect(replaced.body).not.toHaveProperty('client_secret');
    expect((await call(PATH, 'POST', web('before.test'))).status).toBe(201);
    const form = { grant_type: 'client_credentials' };
    expect((await server.post('/oauth2/token', form, asClient(body))).body.error).toBe('unauthorized_client');
  });

  it('POST …/secret gives a new secret, the old one ends', async () => {
    const { body } = await call(
      PATH,
      'POST',
      web('secret.test', { grant_types: ['authorization_code', 'client_credentials'] }),
    );
    const client = asClient(body);
    const renewed = await call(`${PATH}/${client.clientId}/secret`, 'POST');
    expect(renewed.status).toBe(200);
    const form = { grant_type: 'client_credentials' };
    expect((await server.post('/oauth2/token', form, client)).status).toBe(401);
    const now = { ...client, secret: renewed.body.client_secret as string };
    expect((await server.post('/oauth2/token', form, now)).status).toBe(200);
    await call(
      `${PATH}/${client.clientId}`,
      'PUT',
      web('secret.test', { grant_types: ['client_credentials'] }),
    );
    expect((await server.post('/oauth2/token', form, now)).status).toBe(200);
  });

  it('DELETE ends the client and every token it has', async () => {
    const client = await server.client();
    const watcher = await server.client({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope: 'introspect',
    });
    const tokens = await server.tokens(client);
    expect(await server.isActive(watcher, tokens.access_token)).toBe(true);
    expect((await call(`${PATH}/${client.clientId}`, 'DELETE')).status).toBe(204);
    expect(await server.isActive(watcher, tokens.access_token)).toBe(false);
    expect((await server.refresh(client, tokens.refresh_token)).status).toBe(401);
    expect((await call(`${PATH}/${client.clientId}`)).status).toBe(404);
    const [row] = await server.sql<{ late: boolean }>(
      "SELECT before >= now() + interval '1 s' AS late FROM auth.revocation WHERE kind = 'client' AND value = $1",
      [client.clientId],
    );
    expect(row!.late).toBe(true);
  });

  it('lists in pages, each client once, and takes no forged cursor for SQL (GHSA-r9w3-57w2-gch2)', async () => {
    const seen: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const { body }: Answer = await call(`${PATH}?limit=7&cursor=${encodeURIComponent(next)}`);
      seen.push(...(body.clients as { client_id: string }[]).map((one) => one.client_id));
      next = body.next_cursor as string | undefined;
    }
    const [count] = await server.sql<{ count: string }>('SELECT count(*) FROM auth.client');
    expect(seen.length).toBe(Number(count!.count));
    expect(new Set(seen).size).toBe(seen.length);
    const forged = await call(`${PATH}?cursor=${encodeURIComponent("x' OR 1=1; --")}`);
    expect(forged.status).toBe(200);
    expect((await call(`${PATH}?cursor=%00`)).status).toBe(400);
    for (const limit of ['0', '101', 'x']) expect((await call(`${PATH}?limit=${limit}`)).status).toBe(422);
  });

  it('the seeded client of the gateway may not be taken by its redirect URI', async () => {
    const answer = await call(
      PATH,
      'POST',
      web('x.test', { redirect_uris: ['https://gateway.test/.gatehouse/callback'] }),
    );
    expect(answer.status).toBe(422);
  });

  describe('RFC 6750: who may', () => {
    it('§3.1: nobody without a token, and no error code is told then', async () => {
      const answer = await server.call(undefined, PATH);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="gatehouse", scope="admin", resource/,
      );
    });

    it.each(['demo:read', 'introspect', 'revocations'])('§3.1: no token of scope %s', async (scope) => {
      const answer = await server.call(await server.tokenWith(scope), PATH);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    });

    it('no client secret in place of a token, and no token in the query (§5.3)', async () => {
      const client = await server.client();
      const answer = await server.fetch(PATH, { headers: { authorization: basic(client) } });
      expect(answer.status).toBe(401);
      expect((await server.call(undefined, `${PATH}?access_token=${admin}`)).status).toBe(401);
    });

    it('no revoked token', async () => {
      const client = await server.client({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: 'admin',
      });
      const { body } = await server.post('/oauth2/token', { grant_type: 'client_credentials' }, client);
      const token = body.access_token as string;
      expect((await server.call(token, PATH)).status).toBe(200);
      await server.post('/oauth2/revoke', { token }, client);
      expect((await server.call(token, PATH)).status).toBe(401);
    });
  });

  describe('/userinfo (OpenID Connect Core §5.3)', () => {
    it('tells what the scopes say, by GET and POST', async () => {
      const client = await server.client();
      const { access_token: token, ...rest } = await server.tokens(client, {
        scopes: ['openid', 'profile'],
        resources: [],
      });
      const { sub } = claimsOf(rest.id_token);
      const updated = expect.any(Number) as number;
      const expected = { sub, name: 'Demo User', preferred_username: 'demo', updated_at: updated };
      expect((await server.call(token, '/userinfo')).body).toEqual(expected);
      expect((await server.call(token, '/userinfo', 'POST')).body).toEqual(expected);
      const mail = await server.tokens(client, { scopes: ['openid', 'email'], resources: [] });
      expect((await server.call(mail.access_token, '/userinfo')).body).toEqual({
        sub,
        email: 'demo@example.com',
        email_verified: true,
      });
    });

    it('takes no token without openid, and no ID Token', async () => {
      const client = await server.client();
      const { access_token: token } = await server.tokens(client, { scopes: ['demo:read'] });
      expect((await server.call(token, '/userinfo')).status).toBe(401);
      const { id_token: idToken } = await server.tokens(client);
      expect((await server.call(idToken, '/userinfo')).status).toBe(401);
    });
  });

  describe('discovery (RFC 8414, OpenID Connect Discovery)', () => {
    it.each(['openid-configuration', 'oauth-authorization-server'])(
      '%s names only what is there',
      async (name) => {
        const { status, body, headers } = await server.fetch(`/.well-known/${name}`);
        expect(status).toBe(200);
        expect(headers.get('access-control-allow-origin')).toBe('*');
        expect(body).toMatchObject({
          issuer: 'http://issuer.test',
          grant_types_supported: expect.arrayContaining([
            'authorization_code',
            'client_credentials',
            'refresh_token',
          ]) as string[],
          code_challenge_methods_supported: ['S256'],
          authorization_response_iss_parameter_supported: true,
        });
        expect(body.scopes_supported).not.toContain('admin');
        for (const [member, address] of Object.entries(body).filter(([key]) =>
          /_endpoint$|_uri$/.test(key),
        )) {
          const path = (address as string).replace('http://issuer.test', '');
          const [get, post] = [await server.fetch(path), await server.post(path, {})];
          expect([member, get.status === 404 && post.status === 404]).toEqual([member, false]);
        }
      },
    );

    it('RFC 7517: /jwks has the public keys and nothing private', async () => {
      const { body, headers } = await server.fetch('/jwks');
      expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
      const keys = body.keys as Record<string, string>[];
      const signing = keys.filter(({ use }) => use === 'sig').map(({ alg }) => alg);
      expect(signing.sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256']);
      for (const key of keys)
        for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member);
    });
  });
});

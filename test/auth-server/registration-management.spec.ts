import { type Answer, AuthServer, type TestClient } from './auth-server.js';

describe('RFC 7592: management of registered clients', () => {
  let server: AuthServer;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_REGISTRATION: 'open' });
  });
  afterAll(() => server.stop());

  interface Registered {
    readonly id: string;
    readonly path: string;
    readonly token: string;
    readonly secret: string;
  }

  let hosts = 0;
  const uris = () => [`https://managed-${(hosts += 1)}.test/cb`];

  async function register(metadata: object = {}): Promise<Registered> {
    const { body } = await server.call(undefined, '/oauth2/register', 'POST', {
      redirect_uris: uris(),
      scope: 'openid demo:read',
      ...metadata,
    });
    const id = body.client_id as string;
    return {
      id,
      path: `/oauth2/register/${id}`,
      token: body.registration_access_token as string,
      secret: body.client_secret as string,
    };
  }
  const expectRefused = ({ status, headers, body }: Answer) => {
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(JSON.stringify(body)).not.toContain('client_name');
  };

  it('§2.1, §3: reads the registration, with the token and the address to manage it', async () => {
    const client = await register({ client_name: 'Mine' });
    const { status, body, headers } = await server.call(client.token, client.path);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({
      client_id: client.id,
      client_name: 'Mine',
      registration_access_token: client.token,
      registration_client_uri: `http://issuer.test${client.path}`,
    });
    expect(body).not.toHaveProperty('client_secret');
  });

  it("§2.1: without a token, with a wrong one, another client's, or an unknown client: 401, all alike", async () => {
    const [one, other] = [await register(), await register()];
    expectRefused(await server.call(undefined, one.path));
    expectRefused(await server.call('wrong', one.path));
    expectRefused(await server.call(other.token, one.path));
    expectRefused(await server.call(one.token, '/oauth2/register/no-such-client'));
    const admins = await server.client();
    expectRefused(await server.call(one.token, `/oauth2/register/${admins.clientId}`));
    expectRefused(await server.call('', `/oauth2/register/${admins.clientId}`));
    for (const method of ['PUT', 'DELETE'])
      expectRefused(await server.call(other.token, one.path, method, {}));
  });

  it('an access token of the client itself does not manage it', async () => {
    const client = await register();
    const scope = await server.tokenWith('demo:read');
    expectRefused(await server.call(scope, client.path));
  });

  it('§2.2: replaces all metadata, and exchanges the token', async () => {
    const client = await register({ client_name: 'Before', tos_uri: 'https://a.test/tos' });
    const change = { client_id: client.id, client_name: 'After', redirect_uris: uris() };
    const { status, body } = await server.call(client.token, client.path, 'PUT', change);
    expect(status).toBe(200);
    expect(body).toMatchObject({ client_id: client.id, client_name: 'After' });
    expect(body).not.toHaveProperty('tos_uri');
    expect(body.registration_access_token).not.toBe(client.token);
    expectRefused(await server.call(client.token, client.path));
    const read = await server.call(body.registration_access_token as string, client.path);
    expect(read.body.client_name).toBe('After');
  });

  it('§2.2: of several updates with one token, one is made', async () => {
    const client = await register();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        server.call(client.token, client.path, 'PUT', {
          client_id: client.id,
          client_name: name,
          redirect_uris: uris(),
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  it('§2.2: an update that cannot be made leaves the token and the registration as they were', async () => {
    const taken = uris();
    await register({ redirect_uris: taken });
    const client = await register({ client_name: 'Stays' });
    const { status, body } = await server.call(client.token, client.path, 'PUT', {
      client_id: client.id,
      redirect_uris: taken,
    });
    expect([status, body.error]).toEqual([400, 'invalid_redirect_uri']);
    expect((await server.call(client.token, client.path)).body.client_name).toBe('Stays');
  });

  it.each<[string, (client: Registered) => object]>([
    ['no client_id', () => ({})],
    ['another client_id', () => ({ client_id: 'other' })],
    ['a secret that is not the current one', ({ id }) => ({ client_id: id, client_secret: 'x' })],
    ['registration_access_token', ({ id, token }) => ({ client_id: id, registration_access_token: token })],
    ['registration_client_uri', ({ id }) => ({ client_id: id, registration_client_uri: 'https://x.test/' })],
    ['client_secret_expires_at', ({ id }) => ({ client_id: id, client_secret_expires_at: 0 })],
    ['client_id_issued_at', ({ id }) => ({ client_id: id, client_id_issued_at: 1 })],
    ['a scope of operators', ({ id }) => ({ client_id: id, scope: 'admin' })],
    ['the password grant', ({ id }) => ({ client_id: id, grant_types: ['password'] })],
  ])('§2.2: %s is refused', async (_name, change) => {
    const client = await register();
    const { status, body } = await server.call(client.token, client.path, 'PUT', {
      redirect_uris: uris(),
      ...change(client),
    });
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('§2.2: the current secret may be sent, and stays', async () => {
    const client = await register();
    const { body, status } = await server.call(client.token, client.path, 'PUT', {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: uris(),
    });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('client_secret');
    const same: TestClient = { clientId: client.id, secret: client.secret };
    expect((await server.post('/oauth2/introspect', { token: 'x' }, same)).status).toBe(200);
  });

  it('an update gets no more than the initial access token allowed', async () => {
    const admin = await server.tokenWith('admin');
    const terms = { grant_types: ['client_credentials'], scopes: ['demo:read'] };
    const { body } = await server.call(admin, '/admin/v1/initial-access-tokens', 'POST', terms);
    const service = { grant_types: ['client_credentials'], scope: 'demo:read' };
    const registered = (
      await server.call(body.initial_access_token as string, '/oauth2/register', 'POST', service)
    ).body;
    const answer = await server.call(
      registered.registration_access_token as string,
      `/oauth2/register/${registered.client_id as string}`,
      'PUT',
      { ...service, client_id: registered.client_id, scope: 'demo:read demo:write' },
    );
    expect([answer.status, answer.body.scope]).toEqual([200, 'demo:read']);
  });

  it('§2.3: deletes the client; its token, grants and tokens end', async () => {
    const client = await register({ redirect_uris: ['https://deleted.test/cb'] });
    const asClient: TestClient = { clientId: client.id, secret: client.secret };
    const redirectUri = 'https://deleted.test/cb';
    const { form } = await server.code(asClient, { redirectUri });
    const tokens = (await server.post('/oauth2/token', { ...form, redirect_uri: redirectUri }, asClient))
      .body;
    const inspector = await server.client({ scope: 'introspect', grant_types: ['client_credentials'] });
    expect(await server.isActive(inspector, tokens.access_token as string)).toBe(true);
    const { status } = await server.call(client.token, client.path, 'DELETE');
    expect(status).toBe(204);
    expectRefused(await server.call(client.token, client.path));
    expect(await server.isActive(inspector, tokens.access_token as string)).toBe(false);
    expect((await server.post('/oauth2/introspect', { token: 'x' }, asClient)).status).toBe(401);
  });
});

import { SignJWT } from 'jose';
import { AuthServer, ISSUER, type TestClient } from './auth-server.js';

const now = () => Math.floor(Date.now() / 1000);

describe('client secrets that rotate', () => {
  let server: AuthServer;
  let admin: string;
  const refused = { status: 401, body: { error: 'invalid_client' } };

  beforeAll(async () => {
    server = await AuthServer.start();
    admin = await server.tokenWith('admin');
  });
  afterAll(() => server.stop());
  afterEach(() => jest.restoreAllMocks());

  const rotate = async ({ clientId }: TestClient, body?: object) => {
    const answer = await server.call(admin, `/admin/v1/clients/${clientId}/secret`, 'POST', body);
    return { answer, client: { clientId, secret: answer.body.client_secret as string } };
  };
  const use = (client: TestClient) =>
    server.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'demo:read' }, client);

  it('without an overlap the old one ends at once', async () => {
    const first = await server.client();
    const { answer, client: second } = await rotate(first);
    expect(answer).toMatchObject({ status: 200, body: { client_secret_expires_at: 0 } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).not.toHaveProperty('previous_client_secret_expires_at');
    expect(await use(first)).toMatchObject(refused);
    expect(await use(second)).toMatchObject({ status: 200 });
  });

  it('with an overlap both work until it ends, and its end is told', async () => {
    const first = await server.client();
    const { answer, client: second } = await rotate(first, { overlap: 600 });
    const end = answer.body.previous_client_secret_expires_at as number;
    expect(Math.abs(end - now() - 600)).toBeLessThan(5);
    const { body } = await server.call(admin, `/admin/v1/clients/${first.clientId}`);
    expect(body.previous_client_secret_expires_at).toBe(end);
    expect(JSON.stringify(body)).not.toMatch(/hash|sealed/);
    for (const one of [first, second]) expect(await use(one)).toMatchObject({ status: 200 });
    jest.spyOn(Date, 'now').mockReturnValue((end + 1) * 1000);
    expect(await use(first)).toMatchObject(refused);
    expect(await use(second)).toMatchObject({ status: 200 });
  });

  it('there are never more than two', async () => {
    const first = await server.client();
    const { client: second } = await rotate(first, { overlap: 600 });
    const { client: third } = await rotate(first, { overlap: 600 });
    expect(await use(first)).toMatchObject(refused);
    expect(await use(second)).toMatchObject({ status: 200 });
    expect(await use(third)).toMatchObject({ status: 200 });
  });

  it('a rotation without overlap ends both', async () => {
    const first = await server.client();
    const { client: second } = await rotate(first, { overlap: 600 });
    await rotate(first);
    for (const one of [first, second]) expect(await use(one)).toMatchObject(refused);
  });

  it('changing the metadata keeps both', async () => {
    const first = await server.client();
    const { client: second } = await rotate(first, { overlap: 600 });
    const path = `/admin/v1/clients/${first.clientId}`;
    const metadata = { grant_types: ['client_credentials'], scope: 'demo:read' };
    const { body } = await server.call(admin, path, 'PUT', metadata);
    expect(body).not.toHaveProperty('client_secret');
    for (const one of [first, second]) expect(await use(one)).toMatchObject({ status: 200 });
  });

  it('client_secret_jwt: both sign', async () => {
    const first = await server.client({ token_endpoint_auth_method: 'client_secret_jwt' });
    const { client: second } = await rotate(first, { overlap: 600 });
    const third = (await rotate(first, { overlap: 600 })).client;
    const statuses: number[] = [];
    for (const [index, { clientId, secret }] of [first, second, third].entries()) {
      const claims = { iss: clientId, sub: clientId, aud: ISSUER, exp: now() + 60, jti: String(index) };
      const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' });
      const answer = await server.post('/oauth2/token', {
        grant_type: 'client_credentials',
        scope: 'demo:read',
        client_assertion: await jwt.sign(new TextEncoder().encode(secret)),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 200, 200]);
  });

  it('a client that turns to client_secret_jwt gets a secret, since of its own only the hash is known', async () => {
    const client = await server.client();
    const path = `/admin/v1/clients/${client.clientId}`;
    const metadata = { grant_types: ['client_credentials'], scope: 'demo:read' };
    const asJwt = { ...metadata, token_endpoint_auth_method: 'client_secret_jwt' };
    const { body } = await server.call(admin, path, 'PUT', asJwt);
    expect(body.client_secret).toMatch(/^[\w-]{43}$/);
    expect((await server.call(admin, path, 'PUT', asJwt)).body).not.toHaveProperty('client_secret');
    const back = await server.call(admin, path, 'PUT', metadata);
    expect(back.body).not.toHaveProperty('client_secret');
    const [row] = await server.sql<{ sealed_secret: string | null }>(
      'SELECT sealed_secret FROM auth.client WHERE client_id = $1',
      [client.clientId],
    );
    expect(row!.sealed_secret).toBeNull();
    expect(await use({ ...client, secret: body.client_secret as string })).toMatchObject({ status: 200 });
  });

  it.each([{ overlap: -1 }, { overlap: 1.5 }, { overlap: '60' }, { overlap: 31 * 86_400 }])(
    '%j is refused',
    async (body) => {
      const { answer } = await rotate(await server.client(), body);
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/overlap' }] } });
    },
  );

  it.each(['none', 'private_key_jwt'])('a client of %s has no secret to rotate', async (method) => {
    const client = await server.client({
      token_endpoint_auth_method: method,
      grant_types: ['authorization_code'],
      ...(method === 'none' ? {} : { jwks: { keys: [] } }),
    });
    expect((await rotate(client)).answer.status).toBe(409);
  });
});

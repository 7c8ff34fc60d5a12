import { API, AuthServer, claimsOf, ISSUER, type TestClient } from '../auth-server/auth-server.js';
import { newUser } from '../auth-server/people.js';

describe('JWT access tokens', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_REGISTRATION: 'open' });
    client = await server.client();
  });
  afterAll(() => server.stop());

  const ownToken = async (more: Record<string, string> = {}) => {
    const { body } = await server.post(
      '/oauth2/token',
      { grant_type: 'client_credentials', ...more },
      client,
    );
    return claimsOf(body.access_token);
  };

  it('RFC 9068 §2.2: has each required claim', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = claimsOf((await server.tokens(client)).access_token);
    expect(claims).toMatchObject({
      iss: ISSUER,
      aud: [API, ISSUER],
      sub: expect.stringMatching(/./),
      client_id: client.clientId,
      jti: expect.stringMatching(/^[\w-]{36}$/),
      iat: expect.any(Number),
      exp: (claims.iat as number) + 600,
    });
    expect(Math.abs((claims.iat as number) - now)).toBeLessThan(30);
  });

  it('RFC 9068 §2.2: sub is the person, and the client where nobody takes part', async () => {
    const { form, userId } = await server.code(client);
    const { body } = await server.post('/oauth2/token', form, client);
    expect(claimsOf(body.access_token).sub).toBe(userId);
    expect((await ownToken()).sub).toBe(client.clientId);
  });

  it('RFC 9068 §2.2: jti is another for each token', async () => {
    expect((await ownToken()).jti).not.toBe((await ownToken()).jti);
  });

  it('RFC 9068 §2.2.1: auth_time stays that of the login when it is refreshed', async () => {
    const authTime = Math.floor(Date.now() / 1000) - 5;
    const first = await server.tokens(client, { authTime });
    const next = (await server.refresh(client, first.refresh_token)).body;
    expect(claimsOf(first.access_token).auth_time).toBe(authTime);
    expect(Math.abs((claimsOf(next.access_token).auth_time as number) - authTime)).toBeLessThanOrEqual(1);
  });

  it('RFC 9068 §2.2.3: scope is there, and each one is of a resource in aud', async () => {
    expect(await ownToken({ scope: 'demo:read' })).toMatchObject({ scope: 'demo:read', aud: API });
    const { form } = await server.code(client);
    const { body } = await server.post('/oauth2/token', { ...form, resource: API }, client);
    expect(claimsOf(body.access_token)).toMatchObject({ scope: 'demo:read', aud: API });
  });

  it('RFC 9068 §3: aud is the resource that was asked for', async () => {
    expect((await ownToken({ resource: API })).aud).toBe(API);
  });

  it("RFC 9068 §5: no person's sub can be a client_id", async () => {
    const { id } = await newUser(server);
    const { status, body } = await server.call(undefined, '/oauth2/register', 'POST', {
      client_id: id,
      redirect_uris: ['http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
    });
    expect(status).toBe(201);
    expect(body.client_id).not.toBe(id);
  });
});

import { AuthServer, claimsOf, type TestClient } from '../auth-server/auth-server.js';

const ACCEPT = { accept: 'application/token-introspection+jwt' };

describe('signed introspection', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
  });
  afterAll(() => server.stop());

  it('RFC 9701 §5: has no sub and no exp at its top', async () => {
    const { access_token: token } = await server.tokens(client);
    const { body } = await server.post('/oauth2/introspect', { token }, client, ACCEPT);
    const claims = claimsOf(body.text);
    expect(claims).toMatchObject({ aud: client.clientId, token_introspection: { active: true } });
    expect(claims).not.toHaveProperty('sub');
    expect(claims).not.toHaveProperty('exp');
  });

  it('RFC 9701 §5: nobody gets one without authentication', async () => {
    const { access_token: token } = await server.tokens(client);
    const { status, body } = await server.post('/oauth2/introspect', { token }, undefined, ACCEPT);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('RFC 9701 §6: none cannot be registered as its algorithm', async () => {
    await expect(server.client({ introspection_signed_response_alg: 'none' })).rejects.toThrow();
  });
});

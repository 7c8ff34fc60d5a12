import { AuthServer, claimsOf, type TestClient } from '../auth-server/auth-server.js';

describe('step-up authentication', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
  });
  afterAll(() => server.stop());

  it('RFC 9470 §6.1: the access token tells auth_time, and introspection too', async () => {
    const authTime = Math.floor(Date.now() / 1000) - 5;
    const { access_token: token } = await server.tokens(client, { authTime });
    expect(claimsOf(token).auth_time).toBe(authTime);
    const { body } = await server.post('/oauth2/introspect', { token }, client);
    expect(body.auth_time).toBe(authTime);
  });
});

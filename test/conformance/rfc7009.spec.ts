import { AuthServer, type TestClient } from '../auth-server/auth-server.js';

describe('token revocation', () => {
  let server: AuthServer;
  let client: TestClient;
  let token: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    token = (await server.tokens(client)).refresh_token!;
  });
  afterAll(() => server.stop());

  it('RFC 7009 §2.1: a wrong secret is 401 and revokes nothing', async () => {
    const answer = await server.post('/oauth2/revoke', { token }, { ...client, secret: 'wrong' });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    expect(await server.isActive(client, token)).toBe(true);
  });

  it('RFC 7009 §2.1: a token in the query is not revoked, and GET is no revocation', async () => {
    const inQuery = await server.post(`/oauth2/revoke?token=${token}`, {}, client);
    expect([inQuery.status, inQuery.body.error]).toEqual([400, 'invalid_request']);
    const get = await server.fetch(`/oauth2/revoke?token=${token}&client_id=${client.clientId}`);
    expect(get.status).toBeGreaterThanOrEqual(400);
    expect(await server.isActive(client, token)).toBe(true);
  });
});

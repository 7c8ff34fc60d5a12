import { AuthServer, type TestClient } from '../auth-server/auth-server.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

describe('the device authorization grant', () => {
  let server: AuthServer;
  let television: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    television = await server.client({
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE_CODE],
      redirect_uris: [],
    });
  });
  afterAll(() => server.stop());

  const poll = (form: Record<string, string>) =>
    server.post('/oauth2/token', { grant_type: DEVICE_CODE, ...form });

  it('RFC 8628 §3.4: a poll without device_code is invalid_request', async () => {
    const { status, body } = await poll({ client_id: television.clientId });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('RFC 8628 §3.4: a poll without client_id is invalid_client', async () => {
    const begun = await server.post('/oauth2/device_authorization', { client_id: television.clientId });
    const { status, body } = await poll({ device_code: begun.body.device_code as string });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });
});

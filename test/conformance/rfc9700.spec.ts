import { AuthServer, ISSUER, type TestClient } from '../auth-server/auth-server.js';
import { ask, CALLBACK } from '../auth-server/people.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';

describe('security best current practice', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
  });
  afterAll(() => server.stop());

  it.each([
    { response_type: 'nonsense' },
    { scope: 'no:such' },
    { prompt: 'none' },
    { code_challenge: undefined },
    { state: 'x'.repeat(10_000) },
  ])(
    'RFC 9700 §4.11.2: an error of the request redirects to registered addresses only: %j',
    async (members) => {
      const evil = await ask(
        server,
        client,
        { ...members, redirect_uri: 'https://evil.example/' },
        new Browser(),
        'https://evil.example',
      );
      expect([evil.status, evil.headers.location]).toEqual([400, undefined]);
      expect((await ask(server, client, members)).url).toContain(CALLBACK);
    },
  );

  it('RFC 9700 §4.13: X-Forwarded-Host of anybody changes no address', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    };
    const { body } = await server.fetch('/.well-known/openid-configuration', { headers });
    expect(body.issuer).toBe(ISSUER);
    expect(JSON.stringify(body)).not.toContain('evil.example');
  });
});

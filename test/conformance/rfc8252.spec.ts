import { AuthServer, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, decide, signedIn } from '../auth-server/people.js';

const PUBLIC = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code'] };

describe('native apps', () => {
  let server: AuthServer;
  let app: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    app = await server.client(PUBLIC);
  });
  afterAll(() => server.stop());

  it('RFC 8252 §8.6: a public client never gets a code without the person having agreed', async () => {
    const { browser } = await signedIn(server, app);
    const other = await server.client(PUBLIC);
    expect(answerOf(await ask(server, other, { prompt: 'none' }, browser)).error).toBe('consent_required');
    const page = await ask(server, other, {}, browser);
    expect(page.url).toContain('/interaction/');
    expect(answerOf(await decide(browser, page, 'allow')).code).toEqual(expect.any(String));
  });

  it('RFC 8252 §7.3: the port of the moment gets the answer, on IPv4 and IPv6', async () => {
    const redirectUris = ['http://127.0.0.1/cb', 'http://[::1]/cb'];
    const native = await server.client({ ...PUBLIC, redirect_uris: redirectUris });
    const { browser } = await signedIn(server, app);
    for (const redirectUri of ['http://127.0.0.1:51004/cb', 'http://[::1]:61023/cb']) {
      const members = { redirect_uri: redirectUri, prompt: 'none' };
      const page = await ask(server, native, members, browser, redirectUri);
      expect(answerOf(page, redirectUri).error).toBe('consent_required');
    }
  });
});

import { newSecret, s256Challenge } from '@gatehouse/token';
import { KeysService } from '../../apps/auth-server/src/keys/keys.service.js';
import type { Browser } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, claimsOf, type TestClient } from '../auth-server/auth-server.js';
import { answerOf, ask, CALLBACK, formTo, signedIn } from '../auth-server/people.js';

const TARGET = 'http://127.0.0.1/signed-out';

describe('OpenID Connect RP-Initiated Logout', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ post_logout_redirect_uris: [TARGET] });
  });
  afterAll(() => server.stop());

  /** A person who is signed in, with an ID Token of this very session. */
  async function session() {
    const { browser } = await signedIn(server, client);
    const verifier = newSecret();
    const { code } = answerOf(
      await ask(server, client, { code_challenge: s256Challenge(verifier) }, browser),
    );
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    const { body } = await server.post('/oauth2/token', form, client);
    return { browser, idToken: body.id_token as string, tokens: body };
  }

  const logout = (browser: Browser, members: Record<string, string>) =>
    browser.open(`${server.url}/logout?${new URLSearchParams(members)}`, { stopAt: TARGET, most: 3 });

  const isSignedIn = async (browser: Browser) =>
    answerOf(await ask(server, client, { prompt: 'none' }, browser)).error === undefined;

  it('OIDC RP-Initiated Logout §2: a POST is answered as a GET is', async () => {
    const { browser, idToken } = await session();
    const form = { id_token_hint: idToken, post_logout_redirect_uri: TARGET, state: 's' };
    const page = await browser.submit(
      { action: `${server.url}/logout`, method: 'POST', fields: form, types: {}, buttons: [] },
      {},
      { stopAt: TARGET, most: 3, headers: { 'sec-fetch-site': 'cross-site' } },
    );
    expect(page.url).toBe(`${TARGET}?state=s`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('OIDC RP-Initiated Logout §2: an ID Token that expired is a hint still', async () => {
    const { browser, idToken } = await session();
    const claims = { ...claimsOf(idToken), iat: 1_000_000, exp: 1_000_600 };
    const hint = await server.get(KeysService).sign('RS256', 'JWT', claims);
    const page = await logout(browser, { id_token_hint: hint, post_logout_redirect_uri: TARGET });
    expect(page.url).toBe(TARGET);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('OIDC RP-Initiated Logout §2: client_id must be the client of the hint', async () => {
    const { browser, idToken } = await session();
    const other = await server.client({ post_logout_redirect_uris: ['http://127.0.0.1/elsewhere'] });
    const page = await logout(browser, { id_token_hint: idToken, client_id: other.clientId });
    expect(page.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('OIDC RP-Initiated Logout §2: an access token is no hint', async () => {
    const { browser, tokens } = await session();
    const page = await logout(browser, { id_token_hint: tokens.access_token as string });
    expect(page.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('OIDC RP-Initiated Logout §2: with client_id alone, or the hint of another session, the person is asked', async () => {
    const { browser } = await session();
    const other = await session();
    const hints: Record<string, string>[] = [
      { client_id: client.clientId },
      { id_token_hint: other.idToken },
    ];
    for (const hint of hints) {
      const page = await logout(browser, { ...hint, post_logout_redirect_uri: TARGET });
      expect(formTo(page, '/logout')).toBeDefined();
    }
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('OIDC RP-Initiated Logout §3: no redirect to the address of another client', async () => {
    const { browser, idToken } = await session();
    await server.client({ post_logout_redirect_uris: ['http://127.0.0.1/theirs'] });
    const page = await logout(browser, {
      id_token_hint: idToken,
      post_logout_redirect_uri: 'http://127.0.0.1/theirs',
    });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

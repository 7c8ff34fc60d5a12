import { newSecret, s256Challenge } from '@gatehouse/token';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, formTo, send, signedIn } from './people.js';

const AFTER = 'https://app.example/signed-out';
const FRAME = 'http://127.0.0.1/front?x=1';

describe('OpenID Connect RP-Initiated Logout', () => {
  let server: AuthServer;
  let client: TestClient;
  let other: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ client_name: 'Shop', post_logout_redirect_uris: [AFTER, `${AFTER}?a=b`] });
    other = await server.client({ frontchannel_logout_uri: FRAME, first_party: true });
  });
  afterAll(() => server.stop());

  /** Somebody signed in to the client, with the tokens it got. */
  async function person(scope = 'openid demo:read') {
    const verifier = newSecret();
    const members = { scope, code_challenge: s256Challenge(verifier) };
    const { browser, user } = await signedIn(server, client, members);
    const { code } = answerOf(await ask(server, client, members, browser));
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
    const { body } = await server.post('/oauth2/token', form, client);
    return { browser, user, tokens: body as Record<string, string> };
  }
  const open = (browser: Browser, parameters: Record<string, string>): Promise<Page> =>
    browser.open(`${server.url}/logout?${new URLSearchParams(parameters)}`, {
      stopAt: 'https://app.example/',
      most: 3,
    });
  const isSignedIn = async (browser: Browser) =>
    answerOf(await ask(server, client, { prompt: 'none' }, browser)).code !== undefined;

  it('§2.1: discovery names the endpoint and the ways of logout', async () => {
    expect((await server.fetch('/.well-known/openid-configuration')).body).toMatchObject({
      end_session_endpoint: `${ISSUER}/logout`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  });

  it('§2, §3: with an ID Token of this session it signs out at once, and goes on with state', async () => {
    const { browser, tokens } = await person();
    const page = await open(browser, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: AFTER,
      state: 'a&b',
    });
    expect(page.url).toBe(`${AFTER}?state=a%26b`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('§2: a POST is answered as a GET', async () => {
    const { browser, tokens } = await person();
    const form = { method: 'POST' as const, action: `${server.url}/logout`, fields: {}, types: {} };
    const values = { id_token_hint: tokens.id_token!, post_logout_redirect_uri: `${AFTER}?a=b`, state: 's' };
    const page = await browser.submit(form as never, values, { stopAt: 'https://app.example/', most: 3 });
    expect(page.url).toBe(`${AFTER}?a=b&state=s`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('§2: without id_token_hint the person is asked, then taken back', async () => {
    const { browser } = await person();
    const page = await open(browser, {
      client_id: client.clientId,
      post_logout_redirect_uri: AFTER,
      state: 'x',
    });
    expect(page.text).toContain('Shop asks to sign you out');
    expect(page.headers['content-security-policy']).toContain('https://app.example');
    expect(await isSignedIn(browser)).toBe(true);
    const form = formTo(page, '/logout')!;
    const done = await browser.submit(
      form,
      {},
      { stopAt: 'https://app.example/', most: 3, headers: { 'sec-fetch-site': 'same-origin' } },
    );
    expect(done.url).toBe(`${AFTER}?state=x`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('§2: an ID Token of somebody else’s session asks, too', async () => {
    const [one, two] = [await person(), await person()];
    const page = await open(one.browser, { id_token_hint: two.tokens.id_token! });
    expect(page.text).toContain('Sign out?');
    expect([await isSignedIn(one.browser), await isSignedIn(two.browser)]).toEqual([true, true]);
  });

  it('§4: an expired ID Token serves as a hint', async () => {
    const { browser, tokens } = await person();
    jest.useFakeTimers({
      now: Date.now() + 2 * 3_600_000,
      doNotFake: [
        'setTimeout',
        'setImmediate',
        'nextTick',
        'setInterval',
        'queueMicrotask',
        'performance',
        'hrtime',
      ],
    });
    try {
      const page = await open(browser, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: AFTER });
      expect(page.url).toBe(AFTER);
    } finally {
      jest.useRealTimers();
    }
  });

  it.each<[string, (tokens: Record<string, string>) => Record<string, string>]>([
    ['an address that is not registered', () => ({ post_logout_redirect_uri: 'https://evil.example/' })],
    ['an address with more after it', () => ({ post_logout_redirect_uri: `${AFTER}/x` })],
    ['an address in upper case', () => ({ post_logout_redirect_uri: AFTER.toUpperCase() })],
    ['a redirect URI, which is another thing', () => ({ post_logout_redirect_uri: CALLBACK })],
    ['an unknown client', () => ({ client_id: 'nobody', post_logout_redirect_uri: AFTER })],
    ['a hint that is no JWT', () => ({ id_token_hint: 'x' })],
    ['a hint that is an access token', ({ access_token: token }) => ({ id_token_hint: token! })],
    [
      'a hint whose signature is wrong',
      ({ id_token: token }) => ({ id_token_hint: `${token!.slice(0, -8)}AAAAAAAA` }),
    ],
    ['a hint of another client', ({ id_token: token }) => ({ id_token_hint: token!, client_id: 'demo-app' })],
  ])('§3, §4: %s is told on a page, nobody is redirected or signed out', async (_name, change) => {
    const { browser, tokens } = await person();
    const page = await open(browser, { client_id: client.clientId, ...change(tokens) });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(page.text).toContain('This sign-out link does not work');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('§3: an address without any client is refused, and one sent twice (Keycloak CVE-2026-9689)', async () => {
    const browser = new Browser();
    expect((await open(browser, { post_logout_redirect_uri: AFTER })).status).toBe(400);
    const twice = `client_id=${client.clientId}&post_logout_redirect_uri=${AFTER}&post_logout_redirect_uri=https://evil.example/`;
    const page = await browser.open(`${server.url}/logout?${twice}`);
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('who is not signed in is taken back', async () => {
    const page = await open(new Browser(), { client_id: client.clientId, post_logout_redirect_uri: AFTER });
    expect(page.url).toBe(AFTER);
  });

  it('ZITADEL GHSA-2wmj-46rj-qm2w: the Host of a request is in no address of the pages', async () => {
    const { browser } = await person();
    const page = await browser.open(`${server.url}/logout`, {
      headers: { 'x-forwarded-host': 'evil.example' },
    });
    expect(page.body).not.toContain('evil.example');
  });

  describe('what the session gave ends with it', () => {
    const refresh = (tokens: Record<string, string>) => server.refresh(client, tokens.refresh_token);

    it('OIDC Back-Channel Logout §2.7: grants without offline_access end, those with it go on', async () => {
      const online = await person('openid demo:read');
      const offline = await person('openid offline_access demo:read');
      for (const { browser, tokens } of [online, offline]) {
        await open(browser, { id_token_hint: tokens.id_token!, client_id: client.clientId });
      }
      expect(await server.isActive(client, online.tokens.access_token)).toBe(false);
      expect(await server.isActive(client, offline.tokens.access_token)).toBe(true);
      expect((await refresh(offline.tokens)).status).toBe(200);
    });

    it('OIDC Front-Channel Logout §3: sid is in ID Tokens, the same for all clients of the session, also refreshed', async () => {
      const { browser, user, tokens } = await person('openid offline_access demo:read');
      const [session] = await server.get(SessionsService).ofUser(user.id);
      expect(claimsOf(tokens.id_token).sid).toBe(session!.sid);
      expect(claimsOf((await refresh(tokens)).body.id_token).sid).toBe(session!.sid);
      expect(claimsOf((await person()).tokens.id_token).sid).not.toBe(session!.sid);
      expect(await isSignedIn(browser)).toBe(true);
    });
  });

  describe('OpenID Connect Front-Channel Logout', () => {
    it('§2, §3: opens the address of each application in a frame, with iss and sid, and goes on', async () => {
      const { browser, tokens } = await person();
      answerOf(await ask(server, other, {}, browser));
      const page = await open(browser, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: AFTER });
      expect(page.status).toBe(200);
      const src = /<iframe\s+src="([^"]+)"/.exec(page.body)![1]!.replaceAll('&amp;', '&');
      expect(src.startsWith(`${FRAME}&`)).toBe(true);
      expect(Object.fromEntries(new URL(src).searchParams)).toEqual({
        x: '1',
        iss: ISSUER,
        sid: claimsOf(tokens.id_token).sid,
      });
      expect(page.headers['content-security-policy']).toContain('frame-src http://127.0.0.1;');
      expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(page.headers.refresh).toBe(`3; url=${AFTER}`);
      expect(page.body).not.toContain('<script');
    });

    it('applications that the session did not sign in to are not opened', async () => {
      const { browser } = await person();
      const page = await browser.open(`${server.url}/logout`);
      const done = await send(browser, formTo(page, '/logout'), {});
      expect(done.body).not.toContain('<iframe');
    });
  });
});

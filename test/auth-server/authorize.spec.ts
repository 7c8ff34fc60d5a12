import { Logger } from '@nestjs/common';
import { newSecret, s256Challenge } from '@gatehouse/token';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { consentForm, loginForm } from '../../examples/demo-flow/src/sign-in.js';
import { API, AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import {
  answerOf,
  ask,
  CALLBACK,
  decide,
  logIn,
  type Members,
  newUser,
  requestOf,
  signedIn,
} from './people.js';

describe('/oauth2/authorize', () => {
  let server: AuthServer;
  let client: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  /** The error that a request earns, which must come with state and iss. */
  async function errorOf(
    members: Members,
    browser = new Browser(),
    of = client,
  ): Promise<string | undefined> {
    const answer = answerOf(await ask(server, of, members, browser));
    expect(answer).toMatchObject({ iss: ISSUER, state: 'the state' });
    expect(answer).not.toHaveProperty('code');
    expect(answer.error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    return answer.error;
  }

  function expectErrorPage(page: Page) {
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  }

  describe('the client and its redirect URI come first', () => {
    it.each<[string, Members]>([
      ['no client_id', { client_id: undefined }],
      ['an unknown client_id', { client_id: 'nobody' }],
      ['a client_id with a NUL', { client_id: 'a\0b' }],
      ['a client_id beyond ASCII', { client_id: 'café' }],
      ['a very long client_id', { client_id: 'x'.repeat(5_000) }],
      ['an empty client_id', { client_id: '' }],
      ['an array in disguise', { client_id: undefined, 'client_id[]': 'x' }],
    ])('RFC 6749 §4.1.2.1: %s is told to the person, never redirected', async (_case, members) => {
      expectErrorPage(await ask(server, client, members));
    });

    it('RFC 6749 §3.1: client_id sent twice is an error page, even the same one', async () => {
      expectErrorPage(await ask(server, client, { client_id: [client.clientId, client.clientId] }));
    });

    it('CVE-2026-9689: redirect_uri sent twice is an error page, whichever of both is registered', async () => {
      for (const pair of [
        [CALLBACK, 'https://evil.example/'],
        ['https://evil.example/', CALLBACK],
        [CALLBACK, CALLBACK],
      ]) {
        expectErrorPage(await ask(server, client, { redirect_uri: pair }));
      }
    });

    it.each([
      ['another host', 'https://evil.example/callback'],
      ['userinfo before another host (CVE-2024-8883)', 'http://127.0.0.1:80@evil.example/callback'],
      ['userinfo on the right host', 'http://user@127.0.0.1/callback'],
      ['a host that begins alike', 'http://127.0.0.1.evil.example/callback'],
      ['a host in another notation', 'http://2130706433/callback'],
      ['https in place of http', 'https://127.0.0.1/callback'],
      ['a path below (CVE-2023-6291)', `${CALLBACK}/more`],
      ['a path that leads up (CVE-2024-1132)', 'http://127.0.0.1/x/../callback'],
      ['an encoded path that leads up', 'http://127.0.0.1/x/%2e%2e/callback'],
      ['a path encoded twice (CVE-2022-3782)', 'http://127.0.0.1/%2563allback'],
      ['an encoded path', 'http://127.0.0.1/%63allback'],
      ['a path in capitals', 'http://127.0.0.1/CALLBACK'],
      ['a slash at its end', `${CALLBACK}/`],
      ['a wildcard', 'http://127.0.0.1/*'],
      ['a query of its own (CVE-2020-15233)', `${CALLBACK}?next=https://evil.example`],
      ['an empty query', `${CALLBACK}?`],
      ['a fragment', `${CALLBACK}#part`],
      ['an empty fragment', `${CALLBACK}#`],
      ['a backslash', 'http://127.0.0.1\\@evil.example/callback'],
      ['a backslash for a slash', 'http://127.0.0.1\\callback'],
      ['a NUL', `${CALLBACK}\0`],
      ['an encoded NUL', `${CALLBACK}%00`],
      ['a tab within', 'http://127.0.0.1/call\tback'],
      ['a line break within', 'http://127.0.0.1/callback\r\nLocation: https://evil.example'],
      ['a space in front', ` ${CALLBACK}`],
      ['a homograph', 'http://127.0.0.1/сallback'],
      ['a dot after the host', 'http://127.0.0.1./callback'],
      ['a scheme in capitals', 'HTTP://127.0.0.1/callback'],
      ['no scheme', '//127.0.0.1/callback'],
      ['a relative path', '/callback'],
      ['a script', 'javascript:alert(1)//127.0.0.1/callback'],
      ['a document', 'data:text/html,<script>alert(1)</script>'],
      ['a port that is none', 'http://127.0.0.1:99999/callback'],
    ])('RFC 9700 §2.1: %s is an error page, never a redirect', async (_case, redirectUri) => {
      const page = await ask(server, client, { redirect_uri: redirectUri }, new Browser(), 'none');
      expectErrorPage(page);
      expect(page.body).not.toContain('evil.example');
    });

    it('RFC 9700 §2.1: https redirect URIs match to the letter, the port and host included', async () => {
      const web = await server.client({ redirect_uris: ['https://app.example/cb'] });
      for (const redirectUri of [
        'https://app.example:443/cb',
        'https://app.example:8443/cb',
        'https://APP.example/cb',
        'https://app.example./cb',
        'http://app.example/cb',
        'https://sub.app.example/cb',
      ]) {
        expectErrorPage(await ask(server, web, { redirect_uri: redirectUri }, new Browser(), 'none'));
      }
    });

    it('RFC 8252 §7.3: any port of a loopback address is as good', async () => {
      const page = await ask(
        server,
        client,
        { redirect_uri: 'http://127.0.0.1:54321/callback', prompt: 'none' },
        new Browser(),
        'http://127.0.0.1:54321/',
      );
      expect(answerOf(page, 'http://127.0.0.1:54321/callback').error).toBe('login_required');
    });

    it('RFC 6749 §3.1.2.3: without redirect_uri the only registered one serves a plain OAuth request', async () => {
      const answer = { redirect_uri: undefined, scope: 'demo:read', prompt: 'none' };
      expect(await errorOf(answer)).toBe('login_required');
    });

    it('RFC 6749 §3.1.2.3: without redirect_uri and with several registered it is an error page', async () => {
      const several = await server.client({ redirect_uris: [CALLBACK, 'http://127.0.0.1/other'] });
      expectErrorPage(await ask(server, several, { redirect_uri: undefined, scope: 'demo:read' }));
    });

    it('OIDC Core §3.1.2.1: an OpenID request must name its redirect_uri', async () => {
      expect(await errorOf({ redirect_uri: undefined })).toBe('invalid_request');
    });

    it("shows the application's own address as a way back, and nothing out of the request", async () => {
      const known = await server.client({ client_uri: 'https://app.example/', client_name: '<b>Shop</b>' });
      const page = await ask(server, known, { redirect_uri: 'https://evil.example/', state: '<i>x</i>' });
      expectErrorPage(page);
      expect(page.body).toContain('href="https://app.example/"');
      expect(page.body).not.toMatch(/evil|<b>|<i>/);
    });
  });

  describe('everything else goes back to the client, with error, state and iss', () => {
    const challenge = s256Challenge(newSecret());

    it.each<[string, Members, string]>([
      ['RFC 6749 §4.1.1: response_type is required', { response_type: undefined }, 'invalid_request'],
      ['RFC 6749 §3.1: scope twice', { scope: ['openid', 'openid'] }, 'invalid_request'],
      ['RFC 6749 §3.1: an unknown parameter twice', { foo: ['1', '2'] }, 'invalid_request'],
      ['RFC 6749 §3.1: code_challenge twice', { code_challenge: [challenge, challenge] }, 'invalid_request'],
      ['RFC 7636 §4.4.1: no code_challenge', { code_challenge: undefined }, 'invalid_request'],
      [
        'RFC 9700 §2.1.1: PKCE left out altogether',
        { code_challenge: undefined, code_challenge_method: undefined },
        'invalid_request',
      ],
      ['RFC 9700 §2.1.1: method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['RFC 7636 §4.3: no method means plain', { code_challenge_method: undefined }, 'invalid_request'],
      ['RFC 7636 §4.3: an unknown method', { code_challenge_method: 's256' }, 'invalid_request'],
      ['RFC 7636 §4.2: a challenge too short', { code_challenge: challenge.slice(1) }, 'invalid_request'],
      ['RFC 7636 §4.2: a challenge too long', { code_challenge: `${challenge}A` }, 'invalid_request'],
      ['RFC 7636 §4.2: a padded challenge', { code_challenge: `${challenge}=` }, 'invalid_request'],
      [
        'RFC 7636 §4.2: a challenge in plain base64',
        { code_challenge: `+/${challenge.slice(2)}` },
        'invalid_request',
      ],
      ['RFC 6749 §3.3: a malformed scope', { scope: 'openid "quoted"' }, 'invalid_scope'],
      ['RFC 6749 §3.3: a scope of nobody', { scope: 'openid no:such' }, 'invalid_scope'],
      ['RFC 6749 §3.3: a scope with markup', { scope: 'openid <script>' }, 'invalid_scope'],
      ['a scope that only operators give', { scope: 'admin' }, 'invalid_scope'],
      ['RFC 8707 §2: an unknown resource', { resource: 'https://nobody.example/' }, 'invalid_target'],
      ['RFC 8707 §2: a resource with a fragment', { resource: `${API}#part` }, 'invalid_target'],
      ['RFC 8707 §2: a relative resource', { resource: '/demo' }, 'invalid_target'],
      ['RFC 8707 §2: one good and one unknown', { resource: [API, 'https://x.example'] }, 'invalid_target'],
      ['OIDC Core §6: request', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_request_object'],
      ['OIDC Core §6.2: request_uri', { request_uri: 'http://169.254.169.254/' }, 'invalid_request_uri'],
      ['OIDC Core §7.2.1: registration', { registration: '{}' }, 'registration_not_supported'],
      ['OIDC Core §3.1.2.1: prompt=none login', { prompt: 'none login' }, 'invalid_request'],
      ['OIDC Core §3.1.2.1: an unknown prompt', { prompt: 'please' }, 'invalid_request'],
      ['OIDC Core §3.1.2.1: max_age=-1', { max_age: '-1' }, 'invalid_request'],
      ['OIDC Core §3.1.2.1: max_age=soon', { max_age: 'soon' }, 'invalid_request'],
      ['OIDC Core §3.1.2.1: id_token_hint that is none', { id_token_hint: 'x.y.z' }, 'invalid_request'],
      ['a nonce beyond 1,024 characters', { nonce: 'n'.repeat(1_025) }, 'invalid_request'],
      ['a parameter beyond all measure', { foo: 'x'.repeat(8_193) }, 'invalid_request'],
    ])('%s', async (_case, members, error) => {
      expect(await errorOf(members)).toBe(error);
    });

    it('RFC 6749 §3.1: a repeated state is refused and not echoed', async () => {
      const answer = answerOf(await ask(server, client, { state: ['one', 'two'] }));
      expect(answer).toMatchObject({ error: 'invalid_request', iss: ISSUER });
      expect(answer).not.toHaveProperty('state');
    });

    it('a state of 2,048 characters is carried, a longer one refused', async () => {
      const members = { state: 's'.repeat(2_048), prompt: 'none' };
      expect(answerOf(await ask(server, client, members))).toMatchObject({
        error: 'login_required',
        state: members.state,
      });
      expect(answerOf(await ask(server, client, { state: 's'.repeat(2_049) })).error).toBe('invalid_request');
    });

    it('RFC 6749 §4.1.2.1: a client without the grant type is unauthorized_client', async () => {
      const other = await server.client({ grant_types: ['client_credentials'] });
      expect(await errorOf({}, new Browser(), other)).toBe('unauthorized_client');
    });

    it('RFC 6749 §3.1.2: the registered query is kept when the answer is added', async () => {
      const uri = 'https://app.example/cb?tenant=1%202';
      const other = await server.client({ redirect_uris: [uri] });
      const page = await ask(server, other, { redirect_uri: uri, prompt: 'none' }, new Browser(), uri);
      expect(page.url).toMatch(/^https:\/\/app\.example\/cb\?tenant=1%202&error=login_required&/);
    });

    it('RFC 9700 §4.12: redirects by 303 and is kept by no cache', async () => {
      const url = `${server.url}/oauth2/authorize?${requestOf(client, { prompt: 'none' })}`;
      const page = await new Browser().open(url, { most: 0 });
      expect(page.status).toBe(303);
      expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    });

    it('RFC 6749 §3.1: unknown parameters are ignored, and those without a value are left out', async () => {
      const members = { foo: 'bar', nonce: '', max_age: '', request: '', prompt: 'none' };
      expect(await errorOf(members)).toBe('login_required');
    });

    it('RFC 6749 §4.1.2.1: a failure inside is server_error, and says nothing more', async () => {
      const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      await server.sql('ALTER TABLE auth.consent RENAME TO away');
      try {
        const answer = answerOf(await ask(server, client, { prompt: 'none' }, person.browser));
        expect(answer).toMatchObject({ error: 'server_error', error_description: 'The server failed' });
        expect(logged).toHaveBeenCalledTimes(1);
      } finally {
        logged.mockRestore();
        await server.sql('ALTER TABLE auth.away RENAME TO consent');
      }
    });
  });

  describe('PKCE', () => {
    it('RFC 9700 §2.1.1: may be waived for a confidential client, whose bad challenges are refused all the same', async () => {
      const old = await server.client({ require_pkce: false, first_party: true });
      const none = { code_challenge: undefined, code_challenge_method: undefined };
      expect(await errorOf({ ...none, prompt: 'none' }, new Browser(), old)).toBe('login_required');
      expect(await errorOf({ code_challenge_method: 'plain' }, new Browser(), old)).toBe('invalid_request');
      expect(await errorOf({ code_challenge: undefined }, new Browser(), old)).toBe('invalid_request');
    });

    it('RFC 9700 §2.1.1: is never waived for a public client', async () => {
      const app = await server.client({
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
      });
      const none = { code_challenge: undefined, code_challenge_method: undefined };
      expect(await errorOf(none, new Browser(), app)).toBe('invalid_request');
    });
  });

  describe('scope', () => {
    async function granted(members: Members, of = client): Promise<string[]> {
      const page = await ask(server, of, members, person.browser);
      const answer = answerOf(consentForm(page) ? await decide(person.browser, page, 'allow') : page);
      const [row] = await server.sql<{ scopes: string[] }>(
        'SELECT scopes FROM auth.oauth_grant WHERE id = $1',
        [answer.code!.split('.')[0]],
      );
      return row!.scopes;
    }

    it('RFC 6749 §3.3: left out, it is what the client registered, but for openid and offline_access', async () => {
      expect(await granted({ scope: undefined })).toEqual(['profile', 'email', 'demo:read', 'demo:write']);
    });

    it('RFC 6749 §3.3: left out by a client that registered none, it is invalid_scope', async () => {
      const bare = await server.client({ scope: '' });
      expect(await errorOf({ scope: undefined }, new Browser(), bare)).toBe('invalid_scope');
    });

    it('RFC 6749 §3.3: a scope beyond the registered ones is invalid_scope', async () => {
      const reader = await server.client({ scope: 'openid demo:read' });
      expect(await errorOf({ scope: 'openid demo:write' }, new Browser(), reader)).toBe('invalid_scope');
    });

    it('OIDC Core §11: offline_access is ignored where the client has no refresh_token grant', async () => {
      const online = await server.client({ grant_types: ['authorization_code'] });
      expect(await granted({ scope: 'openid offline_access' }, online)).toEqual(['openid']);
      expect(await granted({ scope: 'openid offline_access' })).toEqual(['openid', 'offline_access']);
    });

    it('RFC 8707 §2: a resource that the scopes are not of is invalid_target', async () => {
      expect(await errorOf({ scope: 'demo:read', resource: ISSUER })).toBe('invalid_target');
    });
  });

  describe('prompt and max_age', () => {
    const none = { prompt: 'none' };

    it('OIDC Core §3.1.2.1: prompt=none answers at once when all is given, with code, state and iss', async () => {
      const answer = answerOf(await ask(server, client, none, person.browser));
      expect(answer).toMatchObject({ state: 'the state', iss: ISSUER });
      expect(answer.code).toBeTruthy();
      expect(Object.keys(answer).sort()).toEqual(['code', 'iss', 'state']);
    });

    it('OIDC Core §3.1.2.6: prompt=none without a session is login_required', async () => {
      expect(await errorOf(none)).toBe('login_required');
    });

    it('OIDC Core §3.1.2.6: prompt=none for something not allowed yet is consent_required', async () => {
      const other = await server.client();
      expect(await errorOf(none, person.browser, other)).toBe('consent_required');
    });

    it('OIDC Core §3.1.2.1: prompt=none with a session older than max_age is login_required', async () => {
      expect(await errorOf({ ...none, max_age: '0' }, await oldSession())).toBe('login_required');
    });

    async function oldSession(): Promise<Browser> {
      const { browser } = await signedIn(server, client);
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      return browser;
    }

    it('OIDC Core §3.1.2.1: max_age asks an old session to sign in again, once, and leaves a young one alone', async () => {
      const browser = await oldSession();
      expect(answerOf(await ask(server, client, { max_age: '3600' }, browser)).code).toBeTruthy();
      expect(loginForm(await ask(server, client, { max_age: '1' }, browser))).toBeDefined();
    });

    it('OIDC Core §3.1.2.1: a login on its own page is young enough for max_age=0', async () => {
      const { browser, user } = await signedIn(server, client);
      const members = { max_age: '0', prompt: 'login consent' };
      const page = await logIn(browser, await ask(server, client, members, browser), user.username);
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      expect(answerOf(await decide(browser, page, 'allow')).code).toBeTruthy();
    });

    it("OIDC Registration §2: the client's default_max_age serves when the request has none", async () => {
      const strict = await server.client({ default_max_age: 1, first_party: true });
      expect(await errorOf(none, await oldSession(), strict)).toBe('login_required');
    });

    it.each(['login', 'select_account', 'login consent'])(
      'OIDC Core §3.1.2.1: prompt=%s asks who it is although the session lives',
      async (prompt) => {
        const { browser, user } = await signedIn(server, client);
        const page = await ask(server, client, { prompt }, browser);
        const next = await logIn(browser, page, user.username);
        const answer = prompt.includes('consent') ? await decide(browser, next, 'allow') : next;
        expect(answerOf(answer).code).toBeTruthy();
      },
    );

    it('OIDC Core §3.1.2.1: prompt=consent asks again for what was allowed, also by a first-party client', async () => {
      expect(consentForm(await ask(server, client, { prompt: 'consent' }, person.browser))).toBeDefined();
      const own = await server.client({ first_party: true });
      expect(answerOf(await ask(server, own, {}, person.browser)).code).toBeTruthy();
      expect(consentForm(await ask(server, own, { prompt: 'consent' }, person.browser))).toBeDefined();
    });
  });

  describe('id_token_hint', () => {
    async function idToken(browser: Browser): Promise<string> {
      const verifier = newSecret();
      const members = { prompt: 'none', code_challenge: s256Challenge(verifier) };
      const { code } = answerOf(await ask(server, client, members, browser));
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      };
      const { body } = await server.post('/oauth2/token', form, client);
      return body.id_token as string;
    }

    it('OIDC Core §3.1.2.1: of the user who is signed in gives a code, of another login_required', async () => {
      const hint = await idToken(person.browser);
      expect(claimsOf(hint).sub).toBe(person.user.id);
      const mine = await ask(server, client, { prompt: 'none', id_token_hint: hint }, person.browser);
      expect(answerOf(mine).code).toBeTruthy();
      const other = await signedIn(server, client);
      expect(await errorOf({ prompt: 'none', id_token_hint: hint }, other.browser)).toBe('login_required');
    });

    it('OIDC Core §3.1.2.1: no other user can answer it, not even by signing in', async () => {
      const hint = await idToken(person.browser);
      const { browser, user } = await signedIn(server, client);
      const page = await ask(server, client, { id_token_hint: hint }, browser);
      const refused = await logIn(browser, page, user.username);
      expect(refused.status).toBe(401);
      expect(refused.text).toContain('another account');
      expect(answerOf(await logIn(browser, refused, person.user.username)).code).toBeTruthy();
    });

    it('RFC 8725 §3.11: an access token is no hint, nor an ID Token of another client', async () => {
      const other = await server.client();
      const hint = await idToken(person.browser);
      expect(await errorOf({ id_token_hint: hint }, new Browser(), other)).toBe('invalid_request');
      const { access_token: accessToken } = await server.tokens(client);
      expect(await errorOf({ id_token_hint: accessToken })).toBe('invalid_request');
    });
  });

  describe('POST', () => {
    async function post(members: Members, query = '', headers: Record<string, string> = {}) {
      return fetch(`${server.url}/oauth2/authorize${query}`, {
        method: 'POST',
        body: requestOf(client, members),
        redirect: 'manual',
        headers: { accept: 'text/html', ...headers },
      });
    }

    it('OIDC Core §3.1.2.1: is answered as GET is', async () => {
      const asked = await post({});
      expect(asked.status).toBe(303);
      expect(asked.headers.get('location')).toMatch(/^\/interaction\/[\w-]{43}$/);
      const refused = await post({ prompt: 'none' });
      const answer = new URL(refused.headers.get('location')!).searchParams;
      expect(Object.fromEntries(answer)).toMatchObject({
        error: 'login_required',
        iss: ISSUER,
        state: 'the state',
      });
    });

    it('RFC 6749 §3.1: a repeated parameter is refused there, too', async () => {
      const answer = await post({ scope: ['openid', 'openid'] });
      expect(answer.headers.get('location')).toContain('error=invalid_request');
    });

    it('reads the form alone, never the query beside it', async () => {
      const answer = await post({ client_id: undefined }, `?client_id=${client.clientId}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    });

    it('takes a form, and no JSON', async () => {
      const answer = await fetch(`${server.url}/oauth2/authorize`, {
        method: 'POST',
        body: JSON.stringify(Object.fromEntries(requestOf(client))),
        redirect: 'manual',
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(415);
    });

    it('without a body is an error page', async () => {
      const answer = await fetch(`${server.url}/oauth2/authorize`, { method: 'POST', redirect: 'manual' });
      expect(answer.status).toBe(400);
    });
  });

  it('RFC 6749 §4.1.2: state comes back as it was sent, whatever its characters', async () => {
    const state = 'ü/&?=#%20 +"<script>\r\nSet-Cookie: x=y';
    const answer = answerOf(await ask(server, client, { state, prompt: 'none' }, person.browser));
    expect(answer.state).toBe(state);
  });

  it('a session of a user who is gone counts as none', async () => {
    const { browser, user } = await signedIn(server, client);
    await server.sql('DELETE FROM auth.user_account WHERE id = $1', [user.id]);
    expect(await errorOf({ prompt: 'none' }, browser)).toBe('login_required');
  });

  it('a person who has just been made signs in and gets to the client in four steps', async () => {
    const browser = new Browser();
    const { username } = await newUser(server);
    const login = await ask(server, client, { scope: 'openid profile', nonce: 'n-1' }, browser);
    const consent = await logIn(browser, login, username);
    expect(answerOf(await decide(browser, consent, 'allow'))).toMatchObject({
      state: 'the state',
      iss: ISSUER,
    });
  });
});

import type { Problem } from '@gatehouse/http';
import { PasswordLogins } from '../../apps/auth-server/src/users/password-logins.service.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { consentForm, loginForm } from '../../examples/demo-flow/src/sign-in.js';
import { AuthServer, ISSUER, type TestClient } from './auth-server.js';
import {
  answerOf,
  ask,
  CALLBACK,
  decide,
  formTo,
  FROM_ITS_PAGE,
  logIn,
  newUser,
  PASSWORD,
  send,
  signedIn,
} from './people.js';

const MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>';

describe('/interaction', () => {
  let server: AuthServer;
  let client: TestClient;
  let username: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ client_name: 'Shop', client_uri: 'https://shop.example/' });
    ({ username } = await newUser(server));
  });
  afterAll(() => server.stop());

  async function cookie(browser: Browser, name: string): Promise<string | undefined> {
    return (await browser.cookiesFor(server.url)).get(name);
  }

  /** A page that says no, with nothing done. */
  function expectRefusal(page: Page, status: number) {
    expect([page.status, page.headers.location]).toEqual([status, undefined]);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.forms).toEqual([]);
    expect(page.body).toMatch(/<h1>/);
  }

  async function eventsOf(type: string, user: string): Promise<number> {
    // Audit is written in batches, twice a second.
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const rows = await server.sql(
        `SELECT 1 FROM auth.audit_event WHERE type = $1 AND client_id = $2 AND address IS NOT NULL
         AND (detail->>'username' = $3 OR user_id = (SELECT id::text FROM auth.user_account WHERE username = $3))`,
        [type, client.clientId, user],
      );
      if (rows.length > 0) return rows.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return 0;
  }

  describe('every page', () => {
    const pages = async (): Promise<Page[]> => {
      const browser = new Browser();
      const user = await newUser(server);
      const login = await ask(server, client, {}, browser);
      const wrong = await logIn(browser, login, user.username, 'wrong');
      const consent = await logIn(browser, login, user.username);
      const logout = await browser.open(`${server.url}/logout`);
      const broken = await ask(server, client, { redirect_uri: 'https://evil.example/' });
      const foreign = await new Browser().open(consent.url);
      return [login, wrong, consent, logout, broken, foreign, await browser.open(`${server.url}/`)];
    };

    it('RFC 9700 §4.16: cannot be framed, runs no script, loads nothing and is kept by no cache', async () => {
      for (const page of await pages()) {
        const policy = page.headers['content-security-policy']!;
        expect(page.headers).toMatchObject({
          'x-frame-options': 'DENY',
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          'referrer-policy': 'same-origin',
        });
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).toContain("base-uri 'none'");
        expect(policy).not.toMatch(/script-src|unsafe/);
        expect(page.body).not.toMatch(/<script| on\w+=|javascript:/i);
      }
    });

    it('has a language, a title, one h1, and a label for each field', async () => {
      for (const page of await pages()) {
        expect(page.body).toContain('<html lang="en">');
        expect(page.body).toMatch(/<title>[^<]+<\/title>/);
        expect(page.body.match(/<h1>/g)).toHaveLength(1);
        for (const [, id] of page.body.matchAll(/<input\s+id="(\w+)"/g)) {
          expect(page.body).toContain(`<label for="${id}">`);
        }
      }
    });
  });

  describe('login', () => {
    it('asks by name and password, with what password managers look for', async () => {
      const page = await ask(server, client);
      const form = loginForm(page)!;
      expect(page.status).toBe(200);
      expect(form.types).toMatchObject({ username: 'text', password: 'password', csrf: 'hidden' });
      expect(page.body).toMatch(/autocomplete="username"/);
      expect(page.body).toMatch(/autocomplete="current-password"/);
      expect(page.text).toContain('Shop');
    });

    it('OIDC Core §3.1.2.1: login_hint fills in the name, and the password gets the focus', async () => {
      const page = await ask(server, client, { login_hint: username });
      expect(loginForm(page)!.fields.username).toBe(username);
      expect(/<input\s[^>]*autofocus[^>]*>/.exec(page.body)![0]).toContain('name="password"');
      const without = await ask(server, client);
      expect(/<input\s[^>]*autofocus[^>]*>/.exec(without.body)![0]).toContain('name="username"');
    });

    it('login_hint is bounded', async () => {
      const page = await ask(server, client, { login_hint: 'x'.repeat(5_000) });
      expect(loginForm(page)!.fields.username).toHaveLength(320);
    });

    it.each([
      ['a wrong password', () => username, 'wrong'],
      ['an unknown user', () => 'nobody@example.com', PASSWORD],
      ['no password', () => username, ''],
      ['a password beyond all measure', () => username, 'x'.repeat(2_000)],
      ['a name with a NUL', () => `${username}\0`, PASSWORD],
      ['a name that is SQL', () => `' OR 1=1 --`, PASSWORD],
      ['a name beyond all measure', () => 'x'.repeat(5_000), PASSWORD],
    ])('answers %s in the same words, 401, and says it to screen readers', async (_case, name, password) => {
      const browser = new Browser();
      const page = await logIn(browser, await ask(server, client, {}, browser), name(), password);
      expect(page.status).toBe(401);
      expect(page.text).toContain('The user name or the password is not right.');
      expect(page.body).toMatch(/<p class="alert" id="error" role="alert">/);
      expect(page.body.match(/aria-describedby="error"/g)).toHaveLength(2);
      expect(loginForm(page)!.fields.password).toBe('');
      expect(await cookie(browser, 'gh_as_session')).toBeUndefined();
    });

    it('finds the account however its name is written', async () => {
      const browser = new Browser();
      const name = ` ${username.toUpperCase().replace('@', '＠')} `;
      const page = await logIn(browser, await ask(server, client, {}, browser), name);
      expect(consentForm(page)).toBeDefined();
    });

    it('sets a session cookie that no script and no other site can read', async () => {
      const browser = new Browser();
      await logIn(browser, await ask(server, client, {}, browser), username);
      const line = browser.received
        .flatMap((page) => page.setCookies)
        .find((one) => one.startsWith('gh_as_session='));
      expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=28800$/);
    });

    it('keeps only a hash of the cookie as a key', async () => {
      const browser = new Browser();
      await logIn(browser, await ask(server, client, {}, browser), username);
      const secret = (await cookie(browser, 'gh_as_session'))!;
      const sessions = server.get(SessionsService);
      expect(await sessions.find(secret)).toMatchObject({ amr: ['pwd'] });
      expect(await sessions.find(`session:${secret}`)).toBeUndefined();
    });

    it('CVE-2022-25896 (session fixation): a session planted before is not the one after, and ends at login', async () => {
      const browser = new Browser();
      await browser.jar.setCookie('gh_as_session=planted-by-an-attacker; Path=/', server.url);
      await logIn(browser, await ask(server, client, {}, browser), username);
      const first = (await cookie(browser, 'gh_as_session'))!;
      expect(first).toMatch(/^[\w-]{43}$/);
      await logIn(browser, await ask(server, client, { prompt: 'login' }, browser), username);
      expect(await cookie(browser, 'gh_as_session')).not.toBe(first);
      expect(await server.get(SessionsService).find(first)).toBeUndefined();
    });

    it('goes to Audit, right or wrong, with the address', async () => {
      const browser = new Browser();
      const user = await newUser(server);
      const page = await ask(server, client, {}, browser);
      await logIn(browser, page, user.username, 'wrong');
      await logIn(browser, page, user.username);
      expect(await eventsOf('login.failed', user.username)).toBe(1);
      expect(await eventsOf('login.succeeded', user.username)).toBe(1);
    });

    it('what cannot be stored does not stop Audit', async () => {
      const browser = new Browser();
      const user = await newUser(server);
      const page = await ask(server, client, {}, browser);
      await logIn(browser, page, '\0');
      await logIn(browser, page, `${'x'.repeat(319)}😀`);
      await logIn(browser, page, user.username);
      expect(await eventsOf('login.succeeded', user.username)).toBe(1);
    });

    it('the address where a wrong password was shown can be opened again', async () => {
      const browser = new Browser();
      const page = await logIn(browser, await ask(server, client, {}, browser), username, 'wrong');
      expect(page.url).toMatch(/\/login$/);
      expect(loginForm(await browser.open(page.url))).toBeDefined();
    });

    it('OIDC Core §3.1.2.1: prompt=login is done by a login on its own page alone', async () => {
      const { browser, user } = await signedIn(server, client);
      const [one, two] = [
        await ask(server, client, { prompt: 'login' }, browser),
        await ask(server, client, { prompt: 'login' }, browser),
      ];
      answerOf(await logIn(browser, one, user.username));
      const again = await browser.open(two.url);
      expect(loginForm(again)).toBeDefined();
      expect(answerOf(await logIn(browser, again, user.username)).code).toBeTruthy();
    });

    it('can be cancelled: access_denied, state and iss', async () => {
      const browser = new Browser();
      const page = await ask(server, client, {}, browser);
      const answer = answerOf(await send(browser, formTo(page, '/cancel'), {}));
      expect(answer).toMatchObject({ error: 'access_denied', state: 'the state', iss: ISSUER });
    });
  });

  describe('forms come from their own page (RFC 6749 §10.12)', () => {
    it.each<[string, Record<string, string>]>([
      ['without the token', {}],
      ['with an empty token', { csrf: '' }],
      ['with a token of its own', { csrf: 'x'.repeat(43) }],
    ])('login %s is refused, and signs nobody in', async (_case, fields) => {
      const browser = new Browser();
      const form = loginForm(await ask(server, client, {}, browser))!;
      expectRefusal(await send(browser, { ...form, fields }, { username, password: PASSWORD }), 403);
      expect(await cookie(browser, 'gh_as_session')).toBeUndefined();
    });

    it('a token holds for its own interaction alone', async () => {
      const browser = new Browser();
      const one = loginForm(await ask(server, client, {}, browser))!;
      const two = loginForm(await ask(server, client, {}, browser))!;
      const page = await send(browser, { ...one, fields: two.fields }, { username, password: PASSWORD });
      expectRefusal(page, 403);
    });

    it.each<[string, Record<string, string>]>([
      ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
      ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site', origin: ISSUER }],
      ['another Origin', { origin: 'https://evil.example' }],
      ['Origin: null', { origin: 'null' }],
    ])('a form sent with %s is refused although its token is right', async (_case, headers) => {
      const browser = new Browser();
      const page = await ask(server, client, {}, browser);
      expectRefusal(await send(browser, loginForm(page), { username, password: PASSWORD }, headers), 403);
      expectRefusal(await send(browser, formTo(page, '/cancel'), {}, headers), 403);
    });

    it("the issuer's Origin does where there is no Fetch Metadata", async () => {
      const browser = new Browser();
      const page = await ask(server, client, {}, browser);
      const typed = { username, password: PASSWORD };
      expect(consentForm(await send(browser, loginForm(page), typed, { origin: ISSUER }))).toBeDefined();
    });

    it.each(['/consent', '/cancel', '/switch', '/login'])(
      'a bare post to %s does nothing',
      async (action) => {
        const { browser } = await signedIn(server, client);
        const page = await ask(server, client, { prompt: 'consent' }, browser);
        const form = { ...consentForm(page)!, action: `${page.url}${action}`, fields: {} };
        expectRefusal(await send(browser, form, { decision: 'allow' }), 403);
        expect(consentForm(await browser.open(page.url))).toBeDefined();
      },
    );
  });

  describe('an interaction belongs to one browser (hydra#770, consent fixation)', () => {
    it('a link to it shows another browser nothing but the way to the application', async () => {
      const { browser } = await signedIn(server, client);
      const page = await ask(server, client, { prompt: 'consent' }, browser);
      const victim = await signedIn(server, client);
      const seen = await victim.browser.open(page.url);
      expectRefusal(seen, 403);
      expect(seen.body).toContain('href="https://shop.example/"');
      expect(seen.text).toContain('another browser');
    });

    it("another browser's post is refused, with the token and the session it has", async () => {
      const attacker = await signedIn(server, client);
      const victim = await signedIn(server, client);
      const form = consentForm(await ask(server, client, { prompt: 'consent' }, attacker.browser))!;
      expectRefusal(await send(victim.browser, form, { decision: 'allow' }), 403);
      expectRefusal(await send(new Browser(), form, { decision: 'allow' }), 403);
    });

    it("an attacker's link to a login does not sign a victim in as the attacker (login CSRF)", async () => {
      const page = await ask(server, client, {}, new Browser());
      const victim = new Browser();
      await ask(server, client, {}, victim);
      expectRefusal(await logIn(victim, page, username), 403);
      expect(await cookie(victim, 'gh_as_session')).toBeUndefined();
    });

    it('a browser without cookies is told so', async () => {
      const page = await ask(server, client);
      const seen = await new Browser().open(page.url);
      expectRefusal(seen, 403);
      expect(seen.text).toContain('Allow cookies');
    });

    it('the browser cookie is HttpOnly, SameSite=Lax, and ends with the browser', async () => {
      const browser = new Browser();
      await ask(server, client, {}, browser);
      const line = browser.received
        .flatMap((page) => page.setCookies)
        .find((one) => one.startsWith('gh_as_browser='));
      expect(line).toMatch(/^gh_as_browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    });

    it('one that never was, or is over, is a page, not a fault', async () => {
      const browser = new Browser();
      expectRefusal(await browser.open(`${server.url}/interaction/${'x'.repeat(43)}`), 410);
      const page = await ask(server, client, {}, browser);
      await send(browser, formTo(page, '/cancel'), {});
      const again = await browser.open(page.url);
      expectRefusal(again, 410);
      expect(again.text).toContain('Go back to the application');
      expectRefusal(await logIn(browser, page, username), 410);
    });

    it('of two answers at once exactly one counts', async () => {
      const { browser } = await signedIn(server, client);
      const page = await ask(server, client, { prompt: 'consent' }, browser);
      const answers = await Promise.all([
        decide(browser, page, 'allow'),
        decide(browser, page, 'allow'),
        decide(browser, page, 'deny'),
      ]);
      expect(answers.filter(({ url }) => url.startsWith(CALLBACK))).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409 || status === 410)).toHaveLength(2);
    });
  });

  describe('consent', () => {
    const name = 'Grace Hopper';

    async function consentPage(members = {}, of = client) {
      const browser = new Browser();
      const user = await newUser(server, name);
      const page = await logIn(browser, await ask(server, of, members, browser), user.username);
      return { browser, user, page };
    }

    it('says who asks, for what, where the answer goes, and who is signed in', async () => {
      const { page, user } = await consentPage({ scope: 'openid demo:read offline_access' });
      expect(page.text).toContain('Allow Shop ?');
      expect(page.text).toContain('127.0.0.1');
      expect(page.text).toContain('Read from the demo API');
      expect(page.text).toContain('Stay signed in while you are away');
      expect(page.text).toContain(name);
      expect(page.text).toContain(user.username);
      expect(page.text).toContain('Not you?');
    });

    it('allowed, it answers the client and is remembered', async () => {
      const { browser, page, user } = await consentPage();
      const answer = answerOf(await decide(browser, page, 'allow'));
      expect(answer).toMatchObject({ state: 'the state', iss: ISSUER });
      expect(answer.code).toBeTruthy();
      expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).code).toBeTruthy();
      expect(await eventsOf('consent.given', user.username)).toBe(1);
    });

    it('asks again for more than was allowed, and then remembers both', async () => {
      const { browser } = await signedIn(server, client);
      const more = await ask(server, client, { scope: 'openid demo:write' }, browser);
      answerOf(await decide(browser, more, 'allow'));
      const all = { scope: 'openid demo:read demo:write', prompt: 'none' };
      expect(answerOf(await ask(server, client, all, browser)).code).toBeTruthy();
    });

    it('holds for the API it was given for, not for another with a scope of the same name', async () => {
      const { browser } = await signedIn(server, client, { scope: 'openid' });
      const page = await ask(server, client, { scope: 'openid', resource: `${ISSUER}/admin/v1` }, browser);
      expect(page.text).toContain(`Call ${ISSUER}/admin/v1 for you`);
    });

    it('RFC 6749 §4.1.2.1: denied, it is access_denied with state and iss, and nothing is remembered', async () => {
      const { browser, page, user } = await consentPage();
      const answer = answerOf(await decide(browser, page, 'deny'));
      expect(answer).toMatchObject({ error: 'access_denied', state: 'the state', iss: ISSUER });
      expect(answer).not.toHaveProperty('code');
      expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).error).toBe('consent_required');
      expect(await eventsOf('consent.denied', user.username)).toBe(1);
    });

    it('without a decision it is a refusal', async () => {
      const { browser, page } = await consentPage();
      expect(answerOf(await send(browser, consentForm(page), {})).error).toBe('access_denied');
    });

    it('is not asked of first-party clients', async () => {
      const own = await server.client({ first_party: true });
      expect(answerOf((await consentPage({}, own)).page).code).toBeTruthy();
    });

    it('cannot be given before the login that the request asks for', async () => {
      const { browser } = await signedIn(server, client);
      const page = await ask(server, client, { prompt: 'login' }, browser);
      const form = { ...loginForm(page)!, action: `${page.url}/consent` };
      expectRefusal(await send(browser, form, { decision: 'allow' }), 403);
      expect(loginForm(await browser.open(page.url))).toBeDefined();
    });

    it('holds for the person it was shown to: who signs in meanwhile is asked anew', async () => {
      const { browser, page } = await consentPage();
      const other = await newUser(server, 'Somebody Else');
      await logIn(browser, await ask(server, client, { prompt: 'login' }, browser), other.username);
      expectRefusal(await decide(browser, page, 'allow'), 403);
      expect((await browser.open(page.url)).text).toContain('Somebody Else');
    });

    it('"not you?" ends the session and asks who it is', async () => {
      const { browser, page } = await consentPage();
      const before = await cookie(browser, 'gh_as_session');
      const login = await send(browser, formTo(page, '/switch'), {});
      expect(loginForm(login)).toBeDefined();
      expect(await server.get(SessionsService).find(before)).toBeUndefined();
      expect(await cookie(browser, 'gh_as_session')).toBeUndefined();
      const other = await newUser(server, 'Somebody Else');
      expect((await logIn(browser, login, other.username)).text).toContain('Somebody Else');
    });

    it('RFC 9700 §4.12: goes to the client by 303, without a referrer, kept by no cache', async () => {
      const { browser, page } = await consentPage();
      const form = consentForm(page)!;
      const answer = await browser.submit(form, { decision: 'allow' }, { most: 0, headers: FROM_ITS_PAGE });
      expect(answer.status).toBe(303);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    });

    it('Content-Security-Policy lets the form end at the client', async () => {
      const web = await server.client({ redirect_uris: ['https://app.example:8443/cb'] });
      const { page } = await consentPage({ redirect_uri: 'https://app.example:8443/cb' }, web);
      expect(page.headers['content-security-policy']).toContain(
        "form-action 'self' https://app.example:8443 ",
      );
    });
  });

  describe('what others wrote is text, never markup (GO-2026-4861)', () => {
    it('client_name, name, login_hint, state and what was typed', async () => {
      const named = await server.client({ client_name: MARKUP });
      const browser = new Browser();
      const user = await newUser(server, MARKUP);
      const login = await ask(server, named, { state: MARKUP, login_hint: MARKUP, nonce: MARKUP }, browser);
      const wrong = await logIn(browser, login, MARKUP, 'wrong');
      const consent = await logIn(browser, wrong, user.username);
      const logout = await browser.open(`${server.url}/logout`);
      expect(consent.text).toContain(`Allow ${MARKUP} ?`);
      for (const page of [login, wrong, consent, logout]) expect(page.body).not.toMatch(/<script|<img/);
      const answer = answerOf(await decide(browser, consent, 'allow'));
      expect(answer.state).toBe(MARKUP);
    });

    it('parameters of an interaction that nobody reads', async () => {
      const browser = new Browser();
      const page = await ask(server, client, {}, browser);
      const query = new URLSearchParams({ error: MARKUP, error_description: MARKUP, error_hint: MARKUP });
      expect((await browser.open(`${page.url}?${query}`)).body).not.toContain('alert(1)');
    });
  });

  describe('/logout', () => {
    it('asks first, then ends the session', async () => {
      const { browser } = await signedIn(server, client);
      const secret = await cookie(browser, 'gh_as_session');
      const page = await browser.open(`${server.url}/logout`);
      expect(page.text).toContain('Sign out?');
      expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).code).toBeTruthy();
      const done = await send(browser, formTo(page, '/logout'), {});
      expect([done.status, done.text.includes('You are signed out')]).toEqual([200, true]);
      expect(await server.get(SessionsService).find(secret)).toBeUndefined();
      expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).error).toBe('login_required');
    });

    it('RFC 6749 §10.12: is not done by a form from elsewhere', async () => {
      const { browser } = await signedIn(server, client);
      const form = formTo(await browser.open(`${server.url}/logout`), '/logout')!;
      expectRefusal(await send(browser, { ...form, fields: {} }, {}), 403);
      expectRefusal(await send(browser, form, {}, { 'sec-fetch-site': 'cross-site' }), 403);
      expect(answerOf(await ask(server, client, { prompt: 'none' }, browser)).code).toBeTruthy();
    });

    it('says so when nobody is signed in', async () => {
      expect((await new Browser().open(`${server.url}/logout`)).text).toContain('You are signed out');
    });
  });

  it('/ says what this is', async () => {
    const page = await new Browser().open(`${server.url}/`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(ISSUER);
    expect(page.body).toContain('href="/.well-known/openid-configuration"');
  });
});

describe('login limits', () => {
  let server: AuthServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
  });
  afterAll(() => server.stop());

  it('by account: ten wrong passwords are a page with Retry-After, for every way to write the name and the path', async () => {
    const browser = new Browser();
    const { username } = await newUser(server);
    const page = await ask(server, client, {}, browser);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await logIn(browser, page, username, 'wrong')).status).toBe(401);
    }
    const form = loginForm(page)!;
    const ways = [form, { ...form, action: form.action.replace('/login', '/log%69n') }];
    for (const way of ways) {
      for (const name of [username, ` ${username.toUpperCase()}`, username.replace('@', '＠')]) {
        const refused = await send(browser, way, { username: name, password: PASSWORD });
        expect(refused.status).toBe(429);
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
        expect(refused.headers['content-type']).toMatch(/^text\/html/);
        expect(refused.text).toMatch(/Too many attempts .* try again in \d+ (minutes|seconds)/);
      }
    }
    const other = await newUser(server);
    expect(consentForm(await logIn(browser, page, other.username))).toBeDefined();
  });

  it('by account: a caller that wants no HTML gets a problem document', async () => {
    const { username } = await newUser(server);
    const browser = new Browser();
    const page = await ask(server, client, {}, browser);
    let answer = page;
    for (let attempt = 0; attempt < 11; attempt += 1) {
      const headers = { ...FROM_ITS_PAGE, accept: 'application/json' };
      answer = await send(browser, loginForm(page), { username, password: 'wrong' }, headers);
    }
    expect(answer.status).toBe(429);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('by account: right passwords do not use it up', async () => {
    const { username } = await newUser(server);
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const browser = new Browser();
      const page = await logIn(browser, await ask(server, client, {}, browser), username);
      expect(consentForm(page)).toBeDefined();
    }
  });

  it('by account: failures from elsewhere do not lock a person out; very many do', async () => {
    const { username } = await newUser(server);
    const logins = server.get(PasswordLogins);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 110; attempt += 1) {
      const failure = await logins
        .authenticate(username, '', `198.51.100.${attempt % 11}`)
        .catch((error: Problem) => error.status);
      statuses.push(failure === undefined ? 401 : (failure as number));
      if (attempt === 50)
        expect((await logins.authenticate(username, PASSWORD, '192.0.2.1'))?.username).toBe(username);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    await expect(logins.authenticate(username, PASSWORD, '192.0.2.1')).rejects.toMatchObject({ status: 429 });
  });

  it('by address: the many addresses of one IPv6 network are one', async () => {
    const { username } = await newUser(server);
    const logins = server.get(PasswordLogins);
    for (let count = 0; count < 10; count += 1) await logins.authenticate(username, '', `2001:db8::${count}`);
    await expect(logins.authenticate(username, PASSWORD, '2001:db8::ffff')).rejects.toMatchObject({
      status: 429,
    });
    expect(await logins.authenticate(username, PASSWORD, '2001:db8:0:1::1')).toBeDefined();
  });

  it('by account: 20 wrong passwords at once are ten', async () => {
    const { username } = await newUser(server);
    const logins = server.get(PasswordLogins);
    const tries = Array.from({ length: 20 }, () => logins.authenticate(username, 'wrong', '192.0.2.2'));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  // Last: it uses up what this address may try.
  it('by address: going through accounts ends, too', async () => {
    const browser = new Browser();
    const page = await ask(server, client, {}, browser);
    let last = page;
    for (let attempt = 0; attempt < 70 && last.status !== 429; attempt += 1) {
      last = await logIn(browser, page, `nobody-${attempt}`, 'wrong');
    }
    expect(last.status).toBe(429);
    expect(last.headers['ratelimit']).toContain('"address"');
  });
});

import { newSecret, s256Challenge } from '@gatehouse/token';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { consentForm, loginForm } from '../../examples/demo-flow/src/sign-in.js';
import { AuthServer, ISSUER, type TestClient } from '../auth-server/auth-server.js';
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
  requestOf,
  send,
  signedIn,
} from '../auth-server/people.js';

const MARKUP = '"><script>alert(1)</script>';

describe('attacks on the authorization endpoint', () => {
  let server: AuthServer;
  let client: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  async function code(verifier: string, of = client, members = {}): Promise<string> {
    const all = { prompt: 'none', code_challenge: s256Challenge(verifier), ...members };
    return answerOf(await ask(server, of, all, person.browser)).code!;
  }

  function redeem(value: string, more: Record<string, string | undefined>, of = client) {
    return server.post(
      '/oauth2/token',
      { grant_type: 'authorization_code', code: value, redirect_uri: CALLBACK, ...more },
      of,
    );
  }

  describe('Keycloak CVE-2026-9689: duplicated parameters', () => {
    it.each([
      ...['response_type', 'response_mode', 'scope', 'state', 'nonce', 'prompt', 'max_age', 'code_challenge'],
      ...[
        'code_challenge_method',
        'claims',
        'acr_values',
        'login_hint',
        'id_token_hint',
        'ui_locales',
        'display',
      ],
      ...['dpop_jkt', 'authorization_details', 'unknown'],
    ])('%s sent twice gives an error, whichever of both is good', async (name) => {
      const good = requestOf(client, { prompt: 'none' });
      for (const order of [0, 1]) {
        const query = new URLSearchParams(good);
        const value = query.get(name) ?? 'x';
        query.delete(name);
        for (const one of order ? [value, 'other'] : ['other', value]) query.append(name, one);
        const page = await person.browser.open(`${server.url}/oauth2/authorize?${query}`, {
          stopAt: CALLBACK,
        });
        const answer = answerOf(page);
        expect(answer.error).toMatch(/^invalid_request$|^unsupported_response_type$/);
        expect(answer).not.toHaveProperty('code');
      }
    });

    it.each(['request', 'request_uri'])('%s sent twice is an error, too', async (name) => {
      const query = requestOf(client, { [name]: ['x', 'y'] });
      const page = await person.browser.open(`${server.url}/oauth2/authorize?${query}`, { stopAt: CALLBACK });
      expect(answerOf(page).error).toMatch(/not_supported$|^invalid_request/);
    });
  });

  describe('hydra#770: consent fixation', () => {
    it("a page that an attacker began gives another browser nothing, and the victim's consent goes nowhere", async () => {
      const attacker = new Browser();
      const page = await ask(server, client, { prompt: 'consent' }, attacker);
      const victim = await person.browser.open(page.url);
      expect([victim.status, victim.forms]).toEqual([403, []]);
      const sent = await send(person.browser, loginForm(page), {
        username: person.user.username,
        password: PASSWORD,
      });
      expect(sent.status).toBe(403);
    });

    it("a consent page's token holds for the person it was shown to", async () => {
      const page = await ask(server, client, { prompt: 'consent' }, person.browser);
      const other = await signedIn(server, client);
      const session = (await other.browser.cookiesFor(server.url)).get('gh_as_session')!;
      const swapped = new Browser();
      const own = (await person.browser.cookiesFor(server.url)).get('gh_as_browser')!;
      await swapped.jar.setCookie(`gh_as_browser=${own}; Path=/`, server.url);
      await swapped.jar.setCookie(`gh_as_session=${session}; Path=/`, server.url);
      expect((await decide(swapped, page, 'allow')).status).toBe(403);
    });
  });

  describe('CSRF (RFC 6749 §10.12) on every form', () => {
    const forms: [string, (page: Page) => ReturnType<typeof loginForm>][] = [
      ['/login', loginForm],
      ['/cancel', (page) => formTo(page, '/cancel')],
      ['/consent', consentForm],
      ['/switch', (page) => formTo(page, '/switch')],
    ];

    async function pageWith(path: string, browser: Browser): Promise<Page> {
      const members = path === '/login' || path === '/cancel' ? { prompt: 'login' } : { prompt: 'consent' };
      return ask(server, client, members, browser);
    }

    it.each(forms)(
      '%s does nothing without its token, with another one, or from elsewhere',
      async (path, find) => {
        const { browser } = await signedIn(server, client);
        const page = await pageWith(path, browser);
        const form = find(page)!;
        const values = { username: 'x', password: 'y', decision: 'allow' };
        const cases: [Record<string, string>, Record<string, string>][] = [
          [{}, FROM_ITS_PAGE],
          [{ csrf: newSecret() }, FROM_ITS_PAGE],
          [form.fields, { 'sec-fetch-site': 'cross-site' }],
          [form.fields, { 'sec-fetch-site': 'same-site' }],
          [form.fields, { origin: 'https://evil.example' }],
          [form.fields, { origin: 'null' }],
        ];
        for (const [fields, headers] of cases) {
          const answer = await browser.submit({ ...form, fields }, values, { stopAt: CALLBACK, headers });
          expect([answer.status, answer.url.startsWith(CALLBACK)]).toEqual([403, false]);
        }
        expect((await browser.open(page.url)).forms).not.toEqual([]);
      },
    );
  });

  it('clickjacking (RFC 9700 §4.16): no page of a sign-in can be framed, nor can the page of form_post', async () => {
    const browser = new Browser();
    const { username } = await newUser(server);
    const login = await ask(server, client, { response_mode: 'form_post' }, browser);
    const wrong = await logIn(browser, login, username, 'wrong');
    const consent = await logIn(browser, login, username);
    const posted = await decide(browser, consent, 'allow');
    const broken = await ask(server, client, { redirect_uri: 'https://evil.example/' }, browser);
    for (const page of [login, wrong, consent, posted, broken]) {
      expect(page.headers['x-frame-options']).toBe('DENY');
      expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(page.headers['content-security-policy']).toContain("base-uri 'none'");
    }
    expect(posted.forms[0]!.fields.code).toBeTruthy();
  });

  it.each(['query', 'fragment', 'form_post'])(
    'mix-up (RFC 9207 §2): iss stands in success and error by %s, and cannot be brought along',
    async (mode) => {
      for (const browser of [person.browser, new Browser()]) {
        const members = { prompt: 'none', response_mode: mode, iss: 'https://evil.example' };
        const page = await ask(server, client, members, browser);
        const { hash, searchParams } = new URL(page.url);
        const inAddress = hash === '' ? searchParams : new URLSearchParams(hash.slice(1));
        const answer = mode === 'form_post' ? new URLSearchParams(page.forms[0]!.fields) : inAddress;
        expect(answer.getAll('iss')).toEqual([ISSUER]);
      }
    },
  );

  describe('code injection (RFC 9700 §4.5)', () => {
    it("a stolen code is of no use in the attacker's own session: its challenge is another", async () => {
      const stolen = await code(newSecret());
      const { status, body } = await redeem(stolen, { code_verifier: newSecret() });
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    });

    it('ZITADEL CVE-2026-55672: a code is bound to its client', async () => {
      const verifier = newSecret();
      const other = await server.client();
      const { status, body } = await redeem(await code(verifier), { code_verifier: verifier }, other);
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    });

    it('RFC 6749 §4.1.2: a replayed code takes back what it gave', async () => {
      const verifier = newSecret();
      const value = await code(verifier, client, { scope: 'openid demo:read' });
      const first = await redeem(value, { code_verifier: verifier });
      expect(first.status).toBe(200);
      expect((await redeem(value, { code_verifier: verifier })).body.error).toBe('invalid_grant');
      expect(await server.isActive(client, first.body.access_token as string)).toBe(false);
    });
  });

  describe('PKCE downgrade (RFC 9700 §4.8)', () => {
    it.each([undefined, '', 'short', newSecret()])(
      'authentik CVE-2023-48228: the verifier %s redeems nothing',
      async (verifier) => {
        const { status, body } = await redeem(await code(newSecret()), { code_verifier: verifier });
        expect([status, body.error]).toEqual([400, 'invalid_grant']);
      },
    );

    it('a verifier for a code that was asked for without a challenge is refused (RFC 9700 §4.8.2)', async () => {
      const old = await server.client({ require_pkce: false, first_party: true });
      const none = { code_challenge: undefined, code_challenge_method: undefined };
      const value = await code(newSecret(), old, none);
      const { status, body } = await redeem(value, { code_verifier: newSecret() }, old);
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    });

    it('an attacker who strips the challenge from the link gets no code', async () => {
      for (const stripped of [
        { code_challenge: undefined },
        { code_challenge: undefined, code_challenge_method: undefined },
      ]) {
        const page = await ask(server, client, { prompt: 'none', ...stripped }, person.browser);
        expect(answerOf(page).error).toBe('invalid_request');
      }
    });
  });

  it('GO-2026-4861: error_hint and its like are never shown', async () => {
    const hints = {
      error: MARKUP,
      error_hint: MARKUP,
      error_description: MARKUP,
      error_debug: MARKUP,
      error_uri: MARKUP,
    };
    const paths = [
      '/oauth2/authorize',
      '/interaction/x',
      '/logout',
      '/device',
      '/oauth2/fallbacks/error',
      '/',
    ];
    for (const path of paths) {
      const query = new URLSearchParams(hints);
      const page = await new Browser().open(`${server.url}${path}?${query}`);
      expect(page.body).not.toContain('<script>alert');
      expect(page.body).not.toContain('alert(1)');
    }
    const login = await ask(server, client, {
      ...hints,
      login_hint: MARKUP,
      ui_locales: MARKUP,
      state: MARKUP,
    });
    expect(loginForm(login)?.fields.username).toBe(MARKUP);
    expect(login.body).not.toContain('<script>alert');
  });

  it('authentik CVE-2024-52287: a scope that was not agreed to is never in a token', async () => {
    const verifier = newSecret();
    const value = await code(verifier);
    const { body } = await redeem(value, { code_verifier: verifier, scope: 'openid demo:read demo:write' });
    expect(String(body.scope).split(' ')).not.toContain('demo:write');
  });
});

import { Browser } from '../../examples/demo-flow/src/browser.js';
import type { RegisteredClient } from '../../examples/demo-flow/src/flow.js';
import { consentForm, decide, logIn, loginForm, passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, answerAt, authorizeUrl, REDIRECT_URI, register } from './authorization.js';
import { openTarget, type Target } from './target.js';

const stopAt = REDIRECT_URI;

describe('authorization requests, seen from outside', () => {
  let target: Target;
  let client: RegisteredClient;
  const signedIn = new Browser();

  beforeAll(async () => {
    target = await openTarget();
    client = await register(target.demo, await adminToken(target.demo));
    await passThrough(signedIn, authorizeUrl(target.demo, client), target.demo.user, { stopAt });
  });
  afterAll(() => target.stop());

  async function ask(members: Record<string, string | undefined>, browser = signedIn) {
    return browser.open(authorizeUrl(target.demo, client, members), { stopAt, most: 3 });
  }

  it('RFC 6749 §4.1.2: state comes back as it was sent, whatever its characters', async () => {
    const state = 'ü/&?=#%20 +"<script>';
    const answer = answerAt(await ask({ state }));
    expect(answer.get('state')).toBe(state);
    expect(answer.get('code')).toBeTruthy();
  });

  it('RFC 9207 §2: iss stands in success and in error answers', async () => {
    expect(answerAt(await ask({})).get('iss')).toBe(target.demo.issuer);
    const refused = answerAt(await ask({ scope: 'openid no-such-scope', prompt: 'none' }, new Browser()));
    expect(refused.get('iss')).toBe(target.demo.issuer);
    expect(refused.get('error')).toBeTruthy();
  });

  it.each([
    ['another path', `${REDIRECT_URI}/more`],
    ['another host', 'http://evil.example/callback'],
    ['a query added', `${REDIRECT_URI}?next=1`],
    ['a fragment', `${REDIRECT_URI}#part`],
    ['userinfo (CVE-2024-8883)', 'http://127.0.0.1:8766@evil.example/callback'],
    ['dot segments', 'http://127.0.0.1:8766/x/../callback'],
    ['double encoding', 'http://127.0.0.1:8766/%2563allback'],
    ['a script', 'javascript:alert(1)//127.0.0.1:8766/callback'],
  ])(
    'RFC 9700 §2.1: a redirect URI with %s is an error page, never a redirect',
    async (_case, redirectUri) => {
      const page = await new Browser().open(
        authorizeUrl(target.demo, client, { redirect_uri: redirectUri }),
        { most: 0 },
      );
      expect([page.status, page.headers.location]).toEqual([400, undefined]);
      expect(page.headers['content-type']).toMatch(/^text\/html/);
    },
  );

  it('RFC 6749 §4.1.2.1: an unknown client is an error page, never a redirect, and is not echoed as markup', async () => {
    const page = await ask({ client_id: '<b>nobody</b>' }, new Browser());
    expect(page.headers.location).toBeUndefined();
    expect(page.status).toBe(400);
    expect(page.body).not.toContain('<b>nobody');
  });

  it('RFC 7636 §4.4.1: a request without a challenge is invalid_request', async () => {
    const page = await ask({ code_challenge: undefined, code_challenge_method: undefined });
    expect(Object.fromEntries(answerAt(page))).toMatchObject({
      error: 'invalid_request',
      state: 'the state',
    });
  });

  it.each(['plain', undefined])('RFC 9700 §2.1.1: the PKCE method %s is refused', async (method) => {
    const page = await ask({ code_challenge_method: method });
    expect(answerAt(page).get('error')).toBe('invalid_request');
  });

  it('RFC 6749 §3.1: a parameter that is there twice is invalid_request', async () => {
    const url = `${authorizeUrl(target.demo, client)}&scope=openid`;
    const page = await signedIn.open(url, { stopAt, most: 3 });
    expect(answerAt(page).get('error')).toBe('invalid_request');
  });

  it.each(['client_id', 'redirect_uri'])('RFC 6749 §3.1: %s there twice is an error page', async (name) => {
    const twice = name === 'client_id' ? client.client_id : 'http://evil.example/';
    const url = `${authorizeUrl(target.demo, client)}&${new URLSearchParams({ [name]: twice }).toString()}`;
    const page = await signedIn.open(url, { most: 0 });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('RFC 6749 §4.1.2.1: an unsupported response type is refused by redirect', async () => {
    expect(answerAt(await ask({ response_type: 'magic' })).get('error')).toBe('unsupported_response_type');
  });

  it('Keycloak CVE-2026-7571: one that the client is not registered for is refused, in the fragment', async () => {
    const { hash } = new URL((await ask({ response_type: 'token' })).url);
    expect(new URLSearchParams(hash.slice(1)).get('error')).toBe('unauthorized_client');
  });

  it('RFC 6749 §4.1.2.1: a scope that the client may not have is invalid_scope', async () => {
    expect(answerAt(await ask({ scope: 'openid admin' })).get('error')).toBe('invalid_scope');
  });

  it('OIDC Core §3.1.2.1: prompt=none without a session is login_required', async () => {
    const answer = answerAt(await ask({ prompt: 'none' }, new Browser()));
    expect(Object.fromEntries(answer)).toMatchObject({
      error: 'login_required',
      state: 'the state',
      iss: target.demo.issuer,
    });
  });

  it('OIDC Core §3.1.2.1: prompt=login asks again although the session lives', async () => {
    expect(loginForm(await ask({ prompt: 'login' }))).toBeDefined();
  });

  it('OIDC Core §3.1.2.1: prompt=none for something not yet allowed is consent_required', async () => {
    const answer = answerAt(await ask({ prompt: 'none', scope: 'openid demo:read demo:write' }));
    expect(answer.get('error')).toMatch(/^(consent|interaction)_required$/);
  });

  it('RFC 6749 §4.1.2.1: saying no is access_denied with state and iss', async () => {
    const page = await ask({ prompt: 'consent' });
    const answer = answerAt(await decide(signedIn, page, 'deny', { stopAt }));
    expect(Object.fromEntries(answer)).toMatchObject({
      error: 'access_denied',
      state: 'the state',
      iss: target.demo.issuer,
    });
    expect(answer.has('code')).toBe(false);
  });

  it('RFC 6749 §10.12: the consent form without its CSRF value changes nothing', async () => {
    const form = consentForm(await ask({ prompt: 'consent' }));
    expect(form?.fields.csrf).toBeTruthy();
    const page = await signedIn.submit({ ...form!, fields: {} }, { decision: 'allow' }, { stopAt });
    expect(Math.floor(page.status / 100)).toBe(4);
  });

  it("RFC 6749 §10.12: another browser's CSRF value is refused (consent fixation, hydra#770)", async () => {
    const form = consentForm(await ask({ prompt: 'consent' }));
    const page = await new Browser().submit(form!, { decision: 'allow' }, { stopAt });
    expect(Math.floor(page.status / 100)).toBe(4);
  });

  it('login: neither a wrong password nor an unknown user says which of both it was', async () => {
    const messages = [];
    for (const username of [target.demo.user.username, 'nobody-of-that-name']) {
      const browser = new Browser();
      const page = await logIn(browser, await ask({}, browser), { username, password: 'wrong' }, { stopAt });
      expect(loginForm(page)).toBeDefined();
      expect([200, 400, 401, 422]).toContain(page.status);
      messages.push(page.text.replaceAll(username, ''));
    }
    expect(messages[0]).toBe(messages[1]);
  });

  it('login: what was typed comes back as text, never as markup', async () => {
    const browser = new Browser();
    const typed = { username: '"><script>alert(1)</script>', password: 'wrong' };
    const page = await logIn(browser, await ask({}, browser), typed, { stopAt });
    expect(page.body).not.toContain('<script>alert');
  });

  it('login without the CSRF value is refused', async () => {
    const browser = new Browser();
    const form = loginForm(await ask({}, browser));
    const page = await browser.submit({ ...form!, fields: {} }, { ...target.demo.user }, { stopAt });
    expect(Math.floor(page.status / 100)).toBe(4);
  });

  it('login: the session id changes when the person logs in (session fixation)', async () => {
    const browser = new Browser();
    const page = await ask({}, browser);
    const before = [...(await browser.cookiesFor(target.demo.issuer)).values()];
    await logIn(browser, page, target.demo.user, { stopAt });
    const after = [...(await browser.cookiesFor(target.demo.issuer)).values()];
    expect(after.some((value) => !before.includes(value))).toBe(true);
  });

  // Last: it uses up what one account may try.
  it('login: guessing at one account ends in 429 with Retry-After', async () => {
    const browser = new Browser();
    const username = `guessed-${Date.now()}`;
    const page = await ask({}, browser);
    let last = page;
    for (let attempt = 0; attempt < 60 && last.status !== 429; attempt += 1) {
      last = await logIn(browser, loginForm(last) ? last : page, { username, password: 'wrong' }, { stopAt });
    }
    expect(last.status).toBe(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    // A person sees it.
    expect(last.headers['content-type']).toMatch(/^text\/html/);
  });
});

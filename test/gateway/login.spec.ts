import { deriveKey } from '@gatehouse/token';
import pg from 'pg';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { type Demo, parseDemo } from '../../examples/demo-flow/src/demo-file.js';
import { type Answer, callApi } from '../../examples/demo-flow/src/http-call.js';
import { loginForm, passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, postToken } from '../e2e/authorization.js';
import { TEST_SECRET } from '../support/app.js';
import { type RunningGatehouse, startGatehouse } from '../support/gatehouse.js';
import { type Echo, startUpstream } from './gateway.js';

const GATEWAY_CLIENT = {
  client_id: 'gatehouse-gateway',
  client_secret: deriveKey(TEST_SECRET, 'gatehouse-gateway client secret').toString('base64url'),
};

describe('redirect login at the gateway', () => {
  let servers: RunningGatehouse;
  let demo: Demo;
  let site: string;
  let callback: string;

  beforeAll(async () => {
    servers = await startGatehouse();
    demo = parseDemo(servers.demo());
    site = `${demo.gateway}/site`;
    callback = `${demo.gateway}/.gatehouse/callback`;
  });

  afterAll(async () => {
    await servers?.stop();
  });

  async function signedIn(): Promise<Browser> {
    const browser = new Browser();
    const page = await passThrough(browser, site, demo.user);
    expect([page.status, page.url]).toEqual([200, site]);
    return browser;
  }

  /** A browser whose answer is on its way to the callback, and the address of that. */
  async function atCallback(): Promise<{ browser: Browser; url: URL }> {
    const browser = new Browser();
    const page = await passThrough(browser, site, demo.user, { stopAt: callback });
    return { browser, url: new URL(page.url) };
  }

  async function sessionOf(browser: Browser): Promise<string | undefined> {
    return (await browser.cookiesFor(site)).get('gh_gw_session');
  }

  async function call(path: string, browser: Browser, options: Parameters<typeof callApi>[1] = {}) {
    const cookie = await browser.jar.getCookieString(site);
    return callApi(`${demo.gateway}${path}`, { ...options, headers: { cookie, ...options.headers } });
  }

  function isLogin(page: Page | Answer): boolean {
    return page.status === 302 && String(page.headers.location).includes('/.gatehouse/login?return_to=');
  }

  describe('the journey', () => {
    it('RFC 6749 §4.1.1, RFC 7636 §4.3: it begins with state and an S256 challenge', async () => {
      const page = await new Browser().open(site, { stopAt: `${demo.issuer}/oauth2/authorize?` });
      const asked = new URL(page.url).searchParams;
      expect(asked.get('client_id')).toBe('gatehouse-gateway');
      expect(asked.get('redirect_uri')).toBe(callback);
      expect(asked.get('state')).toMatch(/^[\w-]{43}$/);
      expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/);
      expect(asked.get('code_challenge_method')).toBe('S256');
    });

    it('comes back with the query it began with, and tells who is signed in', async () => {
      const browser = new Browser();
      const page = await passThrough(browser, `${site}/deep/page?a=1&b=%2Fc%3Fd`, demo.user);
      expect([page.status, page.url]).toEqual([200, `${site}/deep/page?a=1&b=%2Fc%3Fd`]);
      const { status, json } = await call('/.gatehouse/userinfo', browser);
      expect([status, json]).toEqual([
        200,
        {
          sub: expect.any(String),
          name: 'Demo User',
          email: 'demo@example.com',
          username: demo.user.username,
          expires_at: expect.stringMatching(/^20\d\d-.*Z$/),
          csrf_token: expect.stringMatching(/^[\w-]{43}$/),
        },
      ]);
    });

    it('shows the browser no token, and gives the upstream no cookie of the gateway', async () => {
      const browser = await signedIn();
      await call('/.gatehouse/userinfo', browser);
      const seen = await browser.everythingSeen();
      expect(seen).not.toMatch(/eyJ[\w-]{4,}\.eyJ/);
      expect(seen).not.toMatch(/["'?&#](access_token|refresh_token|id_token)["'=]/);
      expect((await call('/site/headers', browser)).text).not.toContain('gh_gw');
    });

    it('tells the upstream that our auth-server says who it is', async () => {
      const upstream = await startUpstream();
      const json = {
        name: 'told',
        match: { paths: ['/told'] },
        upstream: { url: upstream.url },
        guards: [{ type: 'login' }],
      };
      await callApi(`${demo.gateway}/admin/v1/routes`, { token: await adminToken(demo), json });
      const { headers } = JSON.parse((await call('/told', await signedIn())).text) as Echo;
      expect(headers).toMatchObject({
        'x-gatehouse-issuer': 'gatehouse',
        'x-gatehouse-client': 'gatehouse-gateway',
      });
      await upstream.stop();
    });

    it('the session cookie is HttpOnly, SameSite=Lax and for the whole site', async () => {
      const browser = await signedIn();
      const lines = browser.received.flatMap(({ setCookies }) => setCookies);
      const session = lines.find((line) => line.startsWith('gh_gw_session='));
      expect(session).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=28800$/);
    });

    it('tabs that begin at the same moment all arrive', async () => {
      const browser = new Browser();
      const paths = [1, 2, 3].map((tab) => `${site}?tab=${tab}`);
      const stopAt = `${demo.issuer}/oauth2/authorize?`;
      const begun = await Promise.all(paths.map((path) => browser.open(path, { stopAt })));
      for (const [index, page] of begun.entries()) {
        expect((await passThrough(browser, page.url, demo.user)).url).toBe(paths[index]);
      }
    });
  });

  describe('sessions', () => {
    it('passport CVE-2022-25896: the session id after the login is new, and the one before is over', async () => {
      const browser = await signedIn();
      const before = await sessionOf(browser);
      await browser.open(`${demo.gateway}/.gatehouse/login?return_to=/site`);
      const after = await sessionOf(browser);
      expect(after).toMatch(/^[\w-]{43}$/);
      expect(after).not.toBe(before);
      const old = await callApi(`${demo.gateway}/.gatehouse/userinfo`, {
        headers: { cookie: `gh_gw_session=${before}` },
      });
      expect(old.status).toBe(401);
    });

    it('session fixation: a planted id is never taken over', async () => {
      const planted = 'p'.repeat(43);
      const browser = new Browser();
      await browser.jar.setCookie(`gh_gw_session=${planted}; Path=/`, demo.gateway);
      await passThrough(browser, site, demo.user);
      expect(await sessionOf(browser)).not.toBe(planted);
      const page = await callApi(site, {
        headers: { cookie: `gh_gw_session=${planted}`, accept: 'text/html' },
      });
      expect(isLogin(page)).toBe(true);
    });

    it('RFC 6749 §4.1.2: a grant revoked at the auth-server ends the session within 1 s', async () => {
      const { browser, url } = await atCallback();
      expect((await browser.open(url.href)).status).toBe(200);
      // A second use of the code takes back what the first one gave.
      const replay = await postToken(demo, GATEWAY_CLIENT, {
        grant_type: 'authorization_code',
        code: url.searchParams.get('code')!,
        redirect_uri: callback,
        code_verifier: 'v'.repeat(43),
      });
      expect(replay.json.error).toBe('invalid_grant');
      const start = performance.now();
      while ((await call('/.gatehouse/userinfo', browser)).status === 200) {
        expect(performance.now() - start).toBeLessThan(1_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(isLogin(await browser.open(site, { most: 0 }))).toBe(true);
    });

    it('signing out ends the session and its grant; leaving is asked for first', async () => {
      const browser = await signedIn();
      const secret = await sessionOf(browser);
      const page = await browser.open(`${demo.gateway}/.gatehouse/logout`);
      expect((await call('/.gatehouse/userinfo', browser)).status).toBe(200);
      const answer = await browser.submit(page.forms[0]!, {});
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('signed out')]);
      expect(await sessionOf(browser)).toBeFalsy();
      const again = await callApi(`${demo.gateway}/.gatehouse/userinfo`, {
        headers: { cookie: `gh_gw_session=${secret}` },
      });
      expect(again.status).toBe(401);
    });
  });

  describe('answers that are refused', () => {
    it.each([
      ['missing', undefined],
      ['of another issuer', 'https://evil.example'],
      ['ours with a slash', 'SLASH'],
    ])('RFC 9207 §2.4: iss %s; the code stays unused', async (_name, iss) => {
      const { browser, url } = await atCallback();
      const wrong = new URL(url);
      wrong.searchParams.delete('iss');
      if (iss !== undefined) wrong.searchParams.set('iss', iss === 'SLASH' ? `${demo.issuer}/` : iss);
      const refused = await browser.open(wrong.href, { most: 0 });
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('RFC 9207')]);
      expect((await browser.open(url.href)).url).toBe(site);
    });

    it('RFC 6749 §10.12: a state is good for one answer', async () => {
      const { browser, url } = await atCallback();
      expect((await browser.open(url.href)).status).toBe(200);
      const again = await browser.open(url.href, { most: 0 });
      expect([again.status, again.text]).toEqual([403, expect.stringContaining('Try again')]);
    });

    it('login CSRF: a state of another browser is refused, and spent', async () => {
      const { browser, url } = await atCallback();
      const victim = await signedIn();
      const before = await sessionOf(victim);
      expect((await victim.open(url.href, { most: 0 })).status).toBe(403);
      expect(await sessionOf(victim)).toBe(before);
      expect((await browser.open(url.href, { most: 0 })).status).toBe(403);
    });

    it.each(['code', 'state', 'iss'])('RFC 6749 §3.1: a second %s', async (name) => {
      const { browser, url } = await atCallback();
      url.searchParams.append(name, url.searchParams.get(name)!);
      expect((await browser.open(url.href, { most: 0 })).status).toBe(403);
    });

    it('a code that the auth-server does not know', async () => {
      const { browser, url } = await atCallback();
      url.searchParams.set('code', 'unknown');
      const page = await browser.open(url.href, { most: 0 });
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('Try again')]);
    });

    it('a callback without an answer begins nothing', async () => {
      const page = await new Browser().open(`${callback}?iss=${encodeURIComponent(demo.issuer)}`, {
        most: 0,
      });
      expect(page.status).toBe(403);
    });

    it('a code at the login address is no answer', async () => {
      const page = await new Browser().open(`${demo.gateway}/.gatehouse/login?code=x&state=y&error=z`, {
        most: 0,
      });
      expect(page.status).toBe(302);
      expect(page.headers.location).toContain(`${demo.issuer}/oauth2/authorize?`);
    });
  });

  describe('RFC 6749 §4.1.2.1: errors of the auth-server', () => {
    it('access_denied is a page with a way to try again, back to where one wanted to be', async () => {
      const browser = new Browser();
      const login = await browser.open(`${site}?tab=1`);
      const cancel = login.forms.find((form) => form !== loginForm(login));
      const page = await browser.submit(cancel!, {});
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('You did not agree')]);
      expect(page.body).toContain('/.gatehouse/login?return_to=%2Fsite%3Ftab%3D1');
    });

    it('a refusal without its state shows none of its words', async () => {
      const query = new URLSearchParams({
        error: 'server_error',
        error_description: 'Call Mallory <b>now</b>',
        state: 's',
        iss: demo.issuer,
      });
      const page = await new Browser().open(`${callback}?${query.toString()}`, { most: 0 });
      expect([page.status, page.body]).toEqual([403, expect.not.stringContaining('Mallory')]);
    });

    it('a description is shown as text', async () => {
      const browser = new Browser();
      const begun = await browser.open(site, { stopAt: `${demo.issuer}/oauth2/authorize?` });
      const query = new URLSearchParams({
        error: 'invalid_scope',
        error_description: '<img src=x>',
        state: new URL(begun.url).searchParams.get('state')!,
        iss: demo.issuer,
      });
      const page = await browser.open(`${callback}?${query.toString()}`, { most: 0 });
      expect(page.status).toBe(502);
      expect(page.body).toContain('invalid_scope: &lt;img src=x&gt;');
    });
  });

  describe('who is not signed in', () => {
    it('a navigation is sent to log in; a script is told with 401', async () => {
      const browser = new Browser();
      expect(isLogin(await browser.open(site, { most: 0 }))).toBe(true);
      const fetched = await call('/site', browser, {
        headers: { accept: 'text/html', 'sec-fetch-mode': 'cors' },
      });
      expect([fetched.status, fetched.headers['content-type']]).toEqual([
        401,
        expect.stringContaining('application/problem+json'),
      ]);
      expect((await call('/site', browser, { method: 'POST' })).status).toBe(401);
      expect((await call('/.gatehouse/userinfo', browser)).status).toBe(401);
    });

    it('whatever name the browser knows the gateway by, the login is under its own', async () => {
      const page = await callApi(site.replace('localhost', '127.0.0.1'), {
        headers: { accept: 'text/html' },
      });
      expect(page.headers.location).toBe(`${demo.gateway}/.gatehouse/login?return_to=%2Fsite`);
    });
  });

  describe('CSRF', () => {
    it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
      '%s needs proof of the same origin',
      async (method) => {
        const browser = await signedIn();
        const send = async (headers: Record<string, string>) =>
          (await call('/site', browser, { method, headers })).status;
        expect(await send({})).toBe(403);
        expect(await send({ origin: 'https://evil.example' })).toBe(403);
        expect(await send({ origin: 'null' })).toBe(403);
        expect(await send({ 'sec-fetch-site': 'cross-site' })).toBe(403);
        expect(await send({ 'sec-fetch-site': 'same-site', origin: demo.gateway })).toBe(403);
        expect(await send({ origin: demo.gateway })).not.toBe(403);
        expect(await send({ 'sec-fetch-site': 'same-origin', origin: demo.gateway })).not.toBe(403);
      },
    );

    it('nobody is signed out from another site', async () => {
      const browser = await signedIn();
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expect((await call('/.gatehouse/logout', browser, { method: 'POST', headers })).status).toBe(403);
      expect((await call('/.gatehouse/userinfo', browser)).status).toBe(200);
    });
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%2Fevil.example',
    '/%5Cevil.example',
    '/%09/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    '/x/..//evil.example',
    'javascript:alert(1)',
    'site',
    '',
    '/.gatehouse/logout',
    '/é',
  ])('RFC 9700 §4.11: return_to %j is refused', async (path) => {
    const page = await new Browser().open(
      `${demo.gateway}/.gatehouse/login?return_to=${encodeURIComponent(path)}`,
      { most: 0 },
    );
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('a login attempt too many from one address is refused with 429', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 140 && !statuses.has(429); i++) {
      statuses.add((await callApi(`${demo.gateway}/.gatehouse/login?return_to=${i}`)).status);
    }
    expect(statuses).toContain(429);
  });
});

describe('a login session and its tokens', () => {
  let servers: RunningGatehouse;
  let demo: Demo;

  beforeAll(async () => {
    servers = await startGatehouse();
    demo = parseDemo(servers.demo());
    // Access tokens that expire while a test looks on.
    const client = new pg.Client({ connectionString: servers.databaseUrl });
    await client.connect();
    await client.query(
      `UPDATE auth.client SET metadata = metadata || '{"access_token_lifetime": 2}' WHERE client_id = $1`,
      [GATEWAY_CLIENT.client_id],
    );
    await client.end();
    await pause(1_100);
  });

  afterAll(async () => {
    await servers?.stop();
  });

  async function userinfo(browser: Browser): Promise<Answer> {
    const cookie = await browser.jar.getCookieString(demo.gateway);
    return callApi(`${demo.gateway}/.gatehouse/userinfo`, { headers: { cookie } });
  }

  it('RFC 9700 §4.14.2: many requests at once renew an expired token once, and all go on', async () => {
    const browser = new Browser();
    await passThrough(browser, `${demo.gateway}/site`, demo.user);
    for (let round = 0; round < 2; round++) {
      await pause(2_100);
      const answers = await Promise.all(Array.from({ length: 20 }, () => userinfo(browser)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    }
  });

  it('while the auth-server is away a token cannot be renewed: 503, and the session is not lost', async () => {
    const browser = new Browser();
    await passThrough(browser, `${demo.gateway}/site`, demo.user);
    await servers.apps['auth-server'].stop();
    await pause(2_100);
    const away = await userinfo(browser);
    expect([away.status, away.headers['retry-after']]).toEqual([503, '1']);
    await servers.apps['auth-server'].restart();
    expect((await userinfo(browser)).status).toBe(200);
  });

  it('a route may ask for more scopes: the login is made again for them, and for what is never given, once', async () => {
    const token = await adminToken(demo);
    const route = (name: string, scopes: string[]) =>
      callApi(`${demo.gateway}/admin/v1/routes`, {
        token,
        json: {
          name,
          match: { paths: [`/${name}`] },
          upstream: { url: servers.demoApi },
          strip_prefix: true,
          guards: [{ type: 'login', scopes }],
        },
      });
    expect((await route('reading', ['openid', 'demo:read'])).status).toBe(201);
    expect((await route('unknown', ['openid', 'no-such-scope'])).status).toBe(201);
    expect((await route('malformed', ['a b'])).status).toBe(422);
    const browser = new Browser();
    await passThrough(browser, `${demo.gateway}/site`, demo.user);
    const page = await browser.open(`${demo.gateway}/reading/hello`);
    expect([page.status, page.url]).toEqual([200, `${demo.gateway}/reading/hello`]);
    const never = await browser.open(`${demo.gateway}/unknown/hello`);
    expect([never.status, never.text]).toEqual([502, expect.stringContaining('invalid_scope')]);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

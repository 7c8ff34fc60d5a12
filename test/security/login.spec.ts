import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { callApi } from '../../examples/demo-flow/src/http-call.js';
import { send } from '../gateway/gateway.js';
import { cookieOf, echoOf, type LoginSite, signIn, startLoginSite } from '../gateway/login-clients.js';
import { leftHalf, SUBJECT } from '../gateway/other-issuer.js';

const SESSION = 'gh_gw_session_staff';

describe('redirect login', () => {
  let site: LoginSite;
  let url: string;

  beforeAll(async () => {
    site = await startLoginSite();
    url = site.gateway.url;
    await site.route('app');
    await site.gateway.addRoute({
      name: 'open',
      match: { paths: ['/open'] },
      upstream: { url: site.upstream.url },
    });
  });

  beforeEach(async () => {
    site.issuer.reset();
    await site.clients({ staff: {} });
  });

  afterAll(() => site?.stop());

  async function sessionIn(browser: Browser): Promise<string | undefined> {
    return (await browser.cookiesFor(url)).get(SESSION);
  }

  async function isLetIn(page: { status: number; url: string }, path = '/app'): Promise<boolean> {
    return page.status === 200 && page.url === `${url}${path}`;
  }

  describe('ID Tokens (OpenID Connect Core §3.1.3.7, RFC 8725)', () => {
    const now = () => Math.floor(Date.now() / 1000);
    const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

    it('a good one lets in', async () => {
      expect(await isLetIn((await signIn(`${url}/app`)).page)).toBe(true);
    });

    it.each<[string, Record<string, unknown>]>([
      ['iss of another issuer', { iss: 'https://evil.example' }],
      ['aud of another client', { aud: 'other' }],
      ['aud missing', { aud: undefined }],
      ['several audiences without azp', { aud: ['gateway', 'other'] }],
      ['azp of another client', { aud: ['gateway', 'other'], azp: 'other' }],
      ['azp of another client beside one audience', { azp: 'other' }],
      ['nonce missing', { nonce: undefined }],
      ['nonce of another login', { nonce: 'n'.repeat(43) }],
      ['exp in the past', { exp: now() - 60 }],
      ['exp missing', { exp: undefined }],
      ['iat missing', { iat: undefined }],
      ['iat in the future', { iat: now() + 3_600, exp: now() + 7_200 }],
      ['nbf in the future', { nbf: now() + 3_600 }],
      ['sub missing', { sub: undefined }],
      ['sub empty', { sub: '' }],
      ['sub of somebody else than userinfo', { sub: 'eve' }],
      ['at_hash of another access token', { at_hash: leftHalf('another') }],
    ])('%s', async (_name, claims) => {
      site.issuer.behaviour.idToken = claims;
      const { browser, page } = await signIn(`${url}/app`);
      expect(page.status).toBe(503);
      expect(await sessionIn(browser)).toBeUndefined();
    });

    it('azp of ours beside several audiences is good', async () => {
      site.issuer.behaviour.idToken = { aud: ['gateway', 'other'], azp: 'gateway' };
      expect(await isLetIn((await signIn(`${url}/app`)).page)).toBe(true);
    });

    const signers: Record<string, (claims: JWTPayload) => Promise<string>> = {
      'alg none': (claims) => Promise.resolve(`${b64({ alg: 'none' })}.${b64(claims)}.`),
      'HS256 with the public key': async (claims) => {
        const head = `${b64({ alg: 'HS256', kid: 'k1' })}.${b64(claims)}`;
        const key = await exportSPKI(site.issuer.keys.publicKey);
        return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
      },
      'HS256 with the client secret': (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('the-secret'.repeat(4))),
      'another algorithm of the same key': (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'PS256', kid: 'k1' }).sign(site.issuer.keys.privateKey),
      'a key of its own in the header (jwk)': async (claims) => {
        const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', jwk }).sign(privateKey);
      },
      'an unknown key': async (claims) => {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k2' }).sign(privateKey);
      },
      'typ at+jwt': (claims) => withType(claims, 'at+jwt'),
      'typ logout+jwt': (claims) => withType(claims, 'logout+jwt'),
      'an unknown crit': (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 })
          .sign(site.issuer.keys.privateKey, { crit: { x: true } }),
    };

    function withType(claims: JWTPayload, typ: string): Promise<string> {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ })
        .sign(site.issuer.keys.privateKey);
    }

    it.each(Object.keys(signers))('%s', async (name) => {
      site.issuer.behaviour.sign = signers[name]!;
      const { browser, page } = await signIn(`${url}/app`);
      expect(page.status).toBe(503);
      expect(await sessionIn(browser)).toBeUndefined();
    });

    it.each<[string, Record<string, unknown>]>([
      ['no ID Token', { id_token: undefined }],
      ['an access token of another type', { token_type: 'DPoP' }],
    ])('%s', async (_name, answer) => {
      site.issuer.behaviour.answer = answer;
      expect((await signIn(`${url}/app`)).page.status).toBe(503);
    });

    it('OpenID Connect Core §5.3.2: userinfo about somebody else', async () => {
      site.issuer.behaviour.userinfo = { sub: 'eve' };
      expect((await signIn(`${url}/app`)).page.status).toBe(503);
    });
  });

  describe('mix-up (RFC 9207, RFC 9700 §4.4)', () => {
    it('an answer of another issuer', async () => {
      site.issuer.behaviour.redirect = { iss: 'https://evil.example' };
      const { page } = await signIn(`${url}/app`);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('RFC 9207')]);
      expect(site.issuer.tokenRequests).toHaveLength(0);
    });

    it('an answer that names nobody, of an issuer that always names itself', async () => {
      const before = await signIn(`${url}/app`);
      expect(await isLetIn(before.page)).toBe(true);
      const other = await startLoginSite();
      other.issuer.behaviour.metadata = { authorization_response_iss_parameter_supported: true };
      await other.clients({ staff: {} });
      await other.route('app');
      const { page } = await signIn(`${other.gateway.url}/app`);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('iss is missing')]);
      other.issuer.behaviour.redirect = { iss: other.issuer.url };
      expect((await signIn(`${other.gateway.url}/app`)).page.status).toBe(200);
      await other.stop();
    });

    it('an answer at the address of another login client', async () => {
      await site.clients({ staff: {}, partners: {} });
      const browser = new Browser();
      const back = await browser.open(`${url}/app`, { stopAt: `${url}/.gatehouse/callback` });
      const wrong = await browser.open(back.url.replace('/callback/staff', '/callback/partners'), {
        most: 0,
      });
      expect(wrong.status).toBe(403);
      expect(wrong.body).toContain('/.gatehouse/login?return_to=%2F&amp;client=partners');
      expect(site.issuer.tokenRequests).toHaveLength(0);
    });
  });

  describe('session fixation (passport CVE-2022-25896, @fastify/passport CVE-2023-29019)', () => {
    it('a session id that was planted is never taken over', async () => {
      const planted = 'p'.repeat(43);
      const browser = new Browser();
      await browser.jar.setCookie(`${SESSION}=${planted}; Path=/`, url);
      await browser.open(`${url}/app`);
      expect(await sessionIn(browser)).toMatch(/^(?!p{43})[\w-]{43}$/);
      const cookie = `${SESSION}=${planted}`;
      expect((await callApi(`${url}/app`, { headers: { cookie } })).status).toBe(401);
    });

    it('each login has a new session id, and ends the one before', async () => {
      const { browser } = await signIn(`${url}/app`);
      const before = await sessionIn(browser);
      await browser.open(`${url}/.gatehouse/login?client=staff&return_to=/app`);
      expect(await sessionIn(browser)).not.toBe(before);
      const cookie = `${SESSION}=${before}`;
      expect((await callApi(`${url}/app`, { headers: { cookie } })).status).toBe(401);
    });
  });

  describe('ways around the login', () => {
    it.each(['/app?/open', '/app?x=/open', '/app?path=%2Fopen', '/app?.png'])(
      'oauth2-proxy CVE-2025-54576: the query opens nothing: %s',
      async (path) => {
        expect((await callApi(`${url}${path}`)).status).toBe(401);
      },
    );

    it('oauth2-proxy CVE-2026-41059: a fragment in the request target opens nothing', async () => {
      for (const path of ['/app#/open', '/app%23/open', '/open#/../app', '/app/#/open']) {
        const { status, text } = await send(url, { path });
        expect([status >= 400, text.includes('rawHeaders')]).toEqual([true, false]);
      }
    });

    it.each(['GoogleHC/1.0', 'kube-probe/1.29', 'ELB-HealthChecker/2.0', 'ping'])(
      'oauth2-proxy CVE-2026-34457: the User-Agent of a health check opens nothing: %s',
      async (agent) => {
        expect((await callApi(`${url}/app`, { headers: { 'user-agent': agent } })).status).toBe(401);
      },
    );

    it.each([
      'x-forwarded-uri',
      'x-original-url',
      'x-rewrite-url',
      'x-original-uri',
      'x-auth-request-redirect',
    ])('oauth2-proxy CVE-2026-40575: another address in %s opens nothing', async (name) => {
      expect((await callApi(`${url}/app`, { headers: { [name]: '/open' } })).status).toBe(401);
      const answer = await callApi(`${url}/app`, {
        headers: { [name]: '//evil.example', accept: 'text/html' },
      });
      expect(answer.headers.location).toBe(`${url}/.gatehouse/login?return_to=%2Fapp&client=staff`);
    });

    it('what the caller says of themselves is dropped', async () => {
      const { browser } = await signIn(`${url}/app`);
      const page = await browser.open(`${url}/app`, {
        headers: {
          'x-gatehouse-subject': 'root',
          'x-gatehouse-email': 'root@example.com',
          x_gatehouse_name: 'root',
        },
      });
      expect(page.body).not.toContain('root');
      expect(echoOf(page).headers['x-gatehouse-subject']).toBe(SUBJECT);
    });
  });

  describe('e-mail domains', () => {
    it.each<[unknown, unknown]>([
      ['eve@evil.example@example.com', true],
      ['eve@evil.example,ada@example.com', true],
      ['"eve@evil.example"@example.com', true],
      ['ada@example.com@evil.example', true],
      ['eve@evil.example\n@example.com', true],
      ['eve@sub.example.com', true],
      ['eve@notexample.com', true],
      ['eve@example.com.evil.example', true],
      ['@example.com', true],
      ['example.com', true],
      [['eve@evil.example', 'ada@example.com'], true],
      [undefined, true],
      ['ada@example.com', false],
      ['ada@example.com', undefined],
      ['ada@example.com', 'true'],
    ])('oauth2-proxy CVE-2026-40574: %j (verified: %j) is not let in', async (email, verified) => {
      await site.clients({ staff: { email_domains: ['example.com'] } });
      Object.assign(site.issuer.behaviour.userinfo, { email, email_verified: verified });
      const { browser, page } = await signIn(`${url}/app`);
      expect(page.status).toBe(403);
      expect(await sessionIn(browser)).toBeUndefined();
    });

    it('oauth2-proxy CVE-2026-40574: no upstream is told an address with several @', async () => {
      site.issuer.behaviour.userinfo.email = 'eve@evil.example@example.com';
      const { page } = await signIn(`${url}/app`);
      expect(echoOf(page).headers['x-gatehouse-email']).toBeUndefined();
    });

    it('capitals in the domain are the same domain', async () => {
      await site.clients({ staff: { email_domains: ['example.com'] } });
      site.issuer.behaviour.userinfo.email = 'ada@EXAMPLE.com';
      expect(await isLetIn((await signIn(`${url}/app`)).page)).toBe(true);
    });
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/%2Fevil.example',
    '/.//evil.example',
  ])('open redirect (RFC 9700 §4.11): return_to %j', async (path) => {
    const address = `${url}/.gatehouse/login?client=staff&return_to=${encodeURIComponent(path)}`;
    const page = await new Browser().open(address, { most: 0 });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('replay of a logout token (OpenID Connect Back-Channel Logout §2.6)', async () => {
    const token = await site.issuer.logoutToken({ sub: SUBJECT });
    const post = async () =>
      (
        await fetch(`${url}/.gatehouse/backchannel-logout`, {
          method: 'POST',
          body: new URLSearchParams({ logout_token: token }),
        })
      ).status;
    const { browser: before } = await signIn(`${url}/app`);
    const together = await Promise.all(Array.from({ length: 5 }, post));
    expect(together.sort()).toEqual([200, 400, 400, 400, 400]);
    const cookie = await cookieOf(before, url);
    expect((await callApi(`${url}/app`, { headers: { cookie } })).status).toBe(401);
    // iat has whole seconds: who signs in within the one of the logout is taken for one of those it ends.
    const { browser } = await signIn(`${url}/app`);
    expect(await post()).toBe(400);
    const again = await cookieOf(browser, url);
    expect((await callApi(`${url}/app`, { headers: { cookie: again } })).status).toBe(200);
  });

  it('an ID Token is no logout token (RFC 8725 §3.11)', async () => {
    const now = Math.floor(Date.now() / 1000);
    const token = await site.issuer.idToken({
      iss: site.issuer.url,
      aud: 'gateway',
      sub: SUBJECT,
      iat: now,
      exp: now + 60,
      jti: 'x',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    const body = new URLSearchParams({ logout_token: token });
    const answer = await fetch(`${url}/.gatehouse/backchannel-logout`, { method: 'POST', body });
    expect(answer.status).toBe(400);
  });

  it('cross-site WebSocket hijacking: a handshake of another site is refused', async () => {
    const { browser } = await signIn(`${url}/app`);
    const cookie = await cookieOf(browser, url);
    const handshake = {
      cookie,
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      connection: 'keep-alive',
    };
    const status = async (origin: string) =>
      (await send(url, { path: '/app', headers: { ...handshake, origin } })).status;
    expect(await status('https://evil.example')).toBe(403);
    expect(await status(url)).not.toBe(403);
  });

  it('tabs: many logins at once in one browser keep its headers small, and the last ones arrive', async () => {
    const browser = new Browser();
    const begun = [];
    for (let i = 0; i < 15; i++) {
      begun.push(await browser.open(`${url}/app?tab=${i}`, { stopAt: `${url}/.gatehouse/callback` }));
    }
    const open = [...(await browser.cookiesFor(url)).keys()].filter((name) =>
      name.startsWith('gh_gw_login_'),
    );
    expect(open.length).toBeLessThanOrEqual(10);
    for (const back of begun.slice(-5)) expect((await browser.open(back.url)).status).toBe(200);
  });
});

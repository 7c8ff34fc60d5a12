import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { callApi } from '../../examples/demo-flow/src/http-call.js';
import { cookieOf, definitionOf, echoOf, type LoginSite, signIn, startLoginSite } from './login-clients.js';
import { SUBJECT } from './other-issuer.js';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import type { LoginClientDefinition } from '../../apps/gateway/src/login/login-client-definition.js';
import { LoginClientKind } from '../../apps/gateway/src/login/login-client.kind.js';

describe('login clients', () => {
  let site: LoginSite;
  let url: string;

  beforeAll(async () => {
    site = await startLoginSite();
    url = site.gateway.url;
    await site.route('app');
  });

  beforeEach(async () => {
    site.issuer.reset();
    await site.clients({ staff: {} });
  });

  afterAll(() => site?.stop());

  async function userinfo(browser: Browser, query = '?client=staff') {
    const cookie = await cookieOf(browser, url);
    return callApi(`${url}/.gatehouse/userinfo${query}`, { headers: { cookie } });
  }

  describe('the journey to another issuer', () => {
    it('OpenID Connect Core §3.1.2.1: asks with state, nonce and an S256 challenge, at an address of its own', async () => {
      await signIn(`${url}/app`);
      const { asked } = site.issuer;
      expect(Object.fromEntries(asked)).toEqual({
        response_type: 'code',
        client_id: 'gateway',
        redirect_uri: `${url}/.gatehouse/callback/staff`,
        scope: 'openid profile email offline_access',
        state: expect.stringMatching(/^[\w-]{43}$/),
        nonce: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge_method: 'S256',
      });
    });

    it('tells the upstream who is signed in', async () => {
      const { page } = await signIn(`${url}/app?a=1`);
      expect([page.status, page.url]).toEqual([200, `${url}/app?a=1`]);
      expect(echoOf(page).headers).toMatchObject({
        'x-gatehouse-subject': SUBJECT,
        'x-gatehouse-client': 'gateway',
        'x-gatehouse-issuer': 'login:staff',
        'x-gatehouse-name': 'Ada Lovelace',
        'x-gatehouse-email': 'ada@example.com',
        'x-gatehouse-scope': 'openid profile email offline_access',
      });
    });

    it('shows the browser no token, and gives the upstream none', async () => {
      const { browser, page } = await signIn(`${url}/app`);
      await browser.open(`${url}/.gatehouse/userinfo?client=staff`);
      await browser.open(`${url}/.gatehouse/denied?client=staff`);
      await browser.open(`${url}/.gatehouse/logout?client=staff`);
      expect(await browser.everythingSeen()).not.toMatch(/eyJ[\w-]{4,}\.eyJ|\b[ar]t-[0-9a-f]{24}/);
      expect(page.body).not.toMatch(/gh_gw|authorization/);
    });

    it('RFC 6749 §5.1: the scopes that were given count, not those that were asked for', async () => {
      site.issuer.behaviour.answer = { scope: 'openid email', expires_in: 60 };
      const { page } = await signIn(`${url}/app`);
      expect(echoOf(page).headers['x-gatehouse-scope']).toBe('openid email');
    });

    it('RFC 6749 §5.1: left out, they are those of the login client, and none that a link added', async () => {
      const page = await new Browser().open(
        `${url}/.gatehouse/login?client=staff&return_to=/app&scope=admin`,
      );
      expect(site.issuer.asked.get('scope')).toBe('openid profile email offline_access admin');
      expect(echoOf(page).headers['x-gatehouse-scope']).toBe('openid profile email offline_access');
    });

    it('a token of another provider is not sent to our auth-server', async () => {
      await site.gateway.addRoute({
        name: 'exchanging',
        match: { paths: ['/exchanging'] },
        upstream: { url: site.upstream.url },
        guards: [{ type: 'login', client: 'staff' }],
        policies: [{ type: 'token_exchange', audience: 'urn:upstream' }],
      });
      expect((await signIn(`${url}/exchanging`)).page.status).toBe(403);
    });

    it('an address that is not verified is not told', async () => {
      site.issuer.behaviour.userinfo.email_verified = false;
      const { page } = await signIn(`${url}/app`);
      expect(echoOf(page).headers['x-gatehouse-email']).toBeUndefined();
    });

    it('two login clients are two sessions', async () => {
      await site.clients({ staff: {}, partners: {} });
      const { browser } = await signIn(`${url}/app`);
      expect((await userinfo(browser)).status).toBe(200);
      expect((await userinfo(browser, '?client=partners')).status).toBe(401);
      expect((await userinfo(browser, '')).status).toBe(401);
      const cookie = (await cookieOf(browser, url)).replace('session_staff', 'session_partners');
      const moved = await callApi(`${url}/.gatehouse/userinfo?client=partners`, { headers: { cookie } });
      expect(moved.status).toBe(401);
    });
  });

  describe('RFC 6749 §2.3, OpenID Connect Core §9: authentication', () => {
    it('client_secret_basic', async () => {
      await site.clients({ staff: { client_id: 'a:b c', client_secret: 'x+/%' } });
      site.issuer.behaviour.idToken.aud = 'a:b c';
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      const [{ authorization, form }] = site.issuer.tokenRequests as [(typeof site.issuer.tokenRequests)[0]];
      const pair = Buffer.from(authorization!.slice('Basic '.length), 'base64').toString();
      expect(pair).toBe('a%3Ab+c:x%2B%2F%25');
      expect(form.has('client_secret')).toBe(false);
    });

    it('client_secret_post', async () => {
      await site.clients({ staff: { token_endpoint_auth_method: 'client_secret_post' } });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      const { authorization, form } = site.issuer.tokenRequests[0]!;
      expect([authorization, form.get('client_id'), form.get('client_secret')]).toEqual([
        undefined,
        'gateway',
        'the-secret',
      ]);
    });

    it('private_key_jwt, for the issuer alone', async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      await site.clients({
        staff: {
          client_secret: undefined,
          token_endpoint_auth_method: 'private_key_jwt',
          private_key: { ...(await exportJWK(privateKey)), kid: 'mine' },
        },
      });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      const assertion = site.issuer.tokenRequests[0]!.form.get('client_assertion')!;
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
        issuer: 'gateway',
        subject: 'gateway',
        audience: site.issuer.url,
      });
      expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'mine' });
      expect(payload.exp! - payload.iat!).toBe(60);
    });

    it('none, with PKCE', async () => {
      await site.clients({ staff: { client_secret: undefined, token_endpoint_auth_method: 'none' } });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      const { authorization, form } = site.issuer.tokenRequests[0]!;
      expect([authorization, form.get('client_id'), form.has('client_secret')]).toEqual([
        undefined,
        'gateway',
        false,
      ]);
      expect(form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    });
  });

  describe('settings', () => {
    it.each([
      [{ scopes: ['openid', 'crm'] }, 'scope', 'openid crm'],
      [{ acr_values: ['mfa', 'pwd'] }, 'acr_values', 'mfa pwd'],
      [{ prompt: 'select_account' }, 'prompt', 'select_account'],
      [{ max_age: 60 }, 'max_age', '60'],
      [{ authorization_parameters: { kc_idp_hint: 'corp' } }, 'kc_idp_hint', 'corp'],
      [{ pkce: false }, 'code_challenge', null],
    ])('%j is in the authorization request', async (settings, name, value) => {
      await signIn(`${url}/app`);
      expect(site.issuer.asked.get(name)).not.toBe(value);
      await site.clients({ staff: settings });
      site.issuer.behaviour.idToken.auth_time = Math.floor(Date.now() / 1000);
      const { page } = await signIn(`${url}/app`);
      expect([page.status, site.issuer.asked.get(name)]).toEqual([200, value]);
    });

    it('max_age: who signed in longer ago is not let in', async () => {
      await site.clients({ staff: { max_age: 60 } });
      site.issuer.behaviour.idToken.auth_time = Math.floor(Date.now() / 1000) - 100;
      expect((await signIn(`${url}/app`)).page.status).toBe(503);
      await site.clients({ staff: { max_age: 3_600 } });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
    });

    it('redirect_uris: one for each host, and cookies for it alone', async () => {
      const other = url.replace('127.0.0.1', 'localhost');
      const sessionAt = async () => (await signIn(`${other}/app`)).page.url;
      expect(await sessionAt()).toBe(`${url}/app`);
      const path = '/.gatehouse/callback/staff';
      await site.clients({ staff: { redirect_uris: [`${url}${path}`, `${other}${path}`] } });
      expect(await sessionAt()).toBe(`${other}/app`);
      expect(site.issuer.asked.get('redirect_uri')).toBe(`${other}${path}`);
    });

    it('cookie_persistent', async () => {
      const cookieLine = async () => {
        const { browser } = await signIn(`${url}/app`);
        const lines = browser.received.flatMap(({ setCookies }) => setCookies);
        return lines.find((line) => line.startsWith('gh_gw_session_staff='));
      };
      expect(await cookieLine()).toContain('Max-Age=28800');
      await site.clients({ staff: { cookie_persistent: false } });
      expect(await cookieLine()).not.toContain('Max-Age');
    });

    it('cookie_same_site, and __Host- cookies on https', async () => {
      const redirect_uris = ['https://gw.example/.gatehouse/callback/staff'];
      const cookieLine = async () => {
        const { headers } = await callApi(`${url}/.gatehouse/login?client=staff`);
        return [headers['set-cookie']].flat().join();
      };
      await site.clients({ staff: { redirect_uris } });
      expect(await cookieLine()).toMatch(/^__Host-gh_gw_login_.*; HttpOnly; SameSite=Lax; Secure/);
      await site.clients({ staff: { redirect_uris, cookie_same_site: 'none' } });
      expect(await cookieLine()).toMatch(/^__Host-gh_gw_login_.*; HttpOnly; SameSite=None; Secure/);
    });

    it('id_token_signed_response_alg: nothing else is accepted', async () => {
      site.issuer.behaviour.sign = (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'PS256' }).sign(site.issuer.keys.privateKey);
      expect((await signIn(`${url}/app`)).page.status).toBe(503);
      site.issuer.behaviour.sign = (claims) => site.issuer.idToken({ ...claims });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      await site.clients({ staff: { id_token_signed_response_alg: 'ES256' } });
      expect((await signIn(`${url}/app`)).page.status).toBe(503);
    });

    it('token_endpoint_auth_signing_alg', async () => {
      const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
      await site.clients({
        staff: {
          client_secret: undefined,
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'PS256',
          private_key: await exportJWK(privateKey),
        },
      });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      const assertion = site.issuer.tokenRequests[0]!.form.get('client_assertion')!;
      expect((await jwtVerify(assertion, publicKey)).protectedHeader).toEqual({ alg: 'PS256' });
    });

    it('session_lifetime', async () => {
      const lifetime = async () => {
        const { json } = await userinfo((await signIn(`${url}/app`)).browser);
        return Math.round((Date.parse(String(json.expires_at)) - Date.now()) / 60_000);
      };
      expect(await lifetime()).toBe(480);
      await site.clients({ staff: { session_lifetime: 600 } });
      expect(await lifetime()).toBe(10);
    });

    it('userinfo_claims', async () => {
      site.issuer.behaviour.userinfo.department = 'Engines';
      const shown = async () => (await userinfo((await signIn(`${url}/app`)).browser)).json;
      expect(await shown()).not.toHaveProperty('department');
      await site.clients({ staff: { userinfo_claims: ['department', 'absent'] } });
      expect(await shown()).toMatchObject({ sub: SUBJECT, department: 'Engines' });
    });

    it('email_domains', async () => {
      await site.clients({ staff: { email_domains: ['example.com'] } });
      expect((await signIn(`${url}/app`)).page.status).toBe(200);
      await site.clients({ staff: { email_domains: ['example.org'] } });
      const { page, browser } = await signIn(`${url}/app`);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('You cannot sign in here')]);
      // The way on is another account: the same one would come back by itself.
      expect(page.body).toContain('prompt=login');
      expect((await userinfo(browser)).status).toBe(401);
    });

    it('sign_out_at_issuer and post_logout_redirect_uri', async () => {
      const signOut = async () => {
        const { browser } = await signIn(`${url}/app`);
        const page = await browser.open(`${url}/.gatehouse/logout?client=staff`);
        const left = await browser.submit(page.forms[0]!, {});
        expect([left.status, left.body]).toEqual([200, expect.not.stringContaining('eyJ')]);
        const onward = left.headers.refresh?.slice('0; url='.length);
        return onward === undefined ? left : browser.open(onward, { stopAt: 'https://www.example.com' });
      };
      await site.clients({ staff: { post_logout_redirect_uri: 'https://www.example.com/bye' } });
      expect((await signOut()).url).toBe('https://www.example.com/bye');
      const [asked] = site.issuer.signOuts.map(({ searchParams }) => searchParams);
      expect(Object.fromEntries(asked!)).toEqual({
        client_id: 'gateway',
        id_token_hint: expect.stringMatching(/^eyJ/),
        post_logout_redirect_uri: 'https://www.example.com/bye',
      });
      await site.clients({ staff: { sign_out_at_issuer: false } });
      expect((await signOut()).text).toContain('You are signed out');
      expect(site.issuer.signOuts).toHaveLength(1);
    });

    it.each([
      [{ name: 'Staff' }, ['name']],
      [{ name: 'gatehouse' }, ['name']],
      [{ issuer: 'http://idp.example' }, ['issuer']],
      [{ issuer: 'https://idp.example/?a' }, ['issuer']],
      [{ redirect_uris: ['https://*.example/.gatehouse/callback/staff'] }, ['redirect_uris', 0]],
      [{ redirect_uris: ['http://gw.example/.gatehouse/callback/staff'] }, ['redirect_uris', 0]],
      [{ redirect_uris: ['com.example.app:/.gatehouse/callback/staff'] }, ['redirect_uris', 0]],
      [{ redirect_uris: ['https://gw.example/.gatehouse/callback/other'] }, ['redirect_uris', 0]],
      [{ redirect_uris: ['https://gw.example/.gatehouse/callback/staff#x'] }, ['redirect_uris', 0]],
      [{ scopes: ['profile'] }, ['scopes']],
      [{ scopes: ['openid', 'a b'] }, ['scopes', 1]],
      [{ authorization_parameters: { state: 'x' } }, ['authorization_parameters', 'state']],
      [{ authorization_parameters: { REQUEST_URI: 'x' } }, ['authorization_parameters', 'REQUEST_URI']],
      [{ authorization_parameters: { a: 'x'.repeat(501) } }, ['authorization_parameters', 'a']],
      [{ token_endpoint_auth_method: 'none' }, ['client_secret']],
      [{ token_endpoint_auth_method: 'none', client_secret: undefined, pkce: false }, ['pkce']],
      [{ private_key: { kty: 'EC', d: 'x' } }, ['private_key']],
      [{ session_lifetime: 600, session_idle_timeout: 601 }, ['session_idle_timeout']],
      [
        { cookie_same_site: 'none', redirect_uris: ['http://localhost/.gatehouse/callback/staff'] },
        ['cookie_same_site'],
      ],
      [{ post_logout_redirect_uri: 'javascript:alert(1)' }, ['post_logout_redirect_uri']],
      [{ email_domains: ['@example.com'] }, ['email_domains', 0]],
      [{ email_domains: [] }, ['email_domains']],
      [{ token_endpoint_auth_signing_alg: 'ES256' }, ['token_endpoint_auth_signing_alg']],
      [{ id_token_signed_response_alg: 'none' }, ['id_token_signed_response_alg']],
      [{ id_token_signed_response_alg: 'HS256' }, ['id_token_signed_response_alg']],
    ])('%j is refused', (settings, path) => {
      const { schema } = site.gateway.app.get(LoginClientKind, { strict: false });
      const result = schema.safeParse(definitionOf(site.issuer, 'staff', settings));
      expect(result.error?.issues.map((issue) => issue.path)).toContainEqual(path);
    });
  });

  describe('credentials', () => {
    it('are encrypted and never shown', () => {
      const kind = site.gateway.app.get(LoginClientKind, { strict: false });
      const sent = kind.schema.parse(definitionOf(site.issuer, 'staff'));
      const kept: LoginClientDefinition = kind.accept(sent, undefined).kept;
      expect(JSON.stringify(kept)).not.toContain('the-secret');
      expect(Object.keys(kind.shown(kept)).join()).not.toMatch(/secret,|sealed|private_key/);
      expect(JSON.stringify(kind.shown(kept))).not.toContain(kept.sealed_credential);
    });

    it('stay where a change leaves them out, but not for another issuer', () => {
      const kind = site.gateway.app.get(LoginClientKind, { strict: false });
      const sent = definitionOf(site.issuer, 'staff');
      const kept: LoginClientDefinition = kind.accept(kind.schema.parse(sent), undefined).kept;
      const again = (change: object) =>
        kind.accept(kind.schema.parse({ ...sent, client_secret: undefined, ...change }), kept)
          .kept as LoginClientDefinition;
      expect(again({ prompt: 'login' }).sealed_credential).toBe(kept.sealed_credential);
      expect(() => again({ issuer: 'https://evil.example' })).toThrow(
        expect.objectContaining({
          status: 422,
          errors: [expect.objectContaining({ pointer: '/client_secret' })],
        }),
      );
      const moved = { ...kept, issuer: 'https://evil.example' };
      expect(kind.faults(moved)[0]?.pointer).toBe('/client_secret');
    });

    it('that are missing or wrong are named', async () => {
      const kind = site.gateway.app.get(LoginClientKind, { strict: false });
      const fault = (settings: object) => {
        const sent = kind.schema.parse(
          definitionOf(site.issuer, 'staff', { client_secret: undefined, ...settings }),
        );
        return kind.faults(kind.accept(sent, undefined).kept)[0];
      };
      const { privateKey } = await generateKeyPair('ES384', { extractable: true });
      const key = { token_endpoint_auth_method: 'private_key_jwt' };
      expect(fault({})?.pointer).toBe('/client_secret');
      expect(fault(key)?.pointer).toBe('/private_key');
      expect(fault({ ...key, private_key: { kty: 'EC', d: 'x' } })?.detail).toContain('RFC 7517');
      expect(fault({ ...key, private_key: await exportJWK(privateKey) })?.detail).toContain(
        'no key for ES256',
      );
    });
  });

  it('a provider that is away is a page, with a way to try again', async () => {
    await site.clients({ staff: { issuer: 'http://127.0.0.1:2' } });
    const { page } = await signIn(`${url}/app`);
    expect([page.status, page.text]).toEqual([503, expect.stringContaining('Try again')]);
    expect(page.body).toContain('return_to=%2Fapp&amp;client=staff');
  });

  it('OpenID Connect Discovery §4.3: metadata of another issuer is refused', async () => {
    await site.clients({ staff: { issuer: `${site.issuer.url}/` } });
    expect((await signIn(`${url}/app`)).page.status).toBe(503);
  });

  it('/admin/v1/login-clients: no answer has a credential', async () => {
    const objects = site.gateway.app.get(ConfigObjects, { strict: false });
    const shown = objects.bodyOf(await objects.read('login-clients', 'staff'));
    expect(shown).toMatchObject({ name: 'staff', client_id: 'gateway', scopes: expect.any(Array) });
    expect(JSON.stringify(shown)).not.toMatch(/the-secret|sealed/);
    const patched = await objects.patch('login-clients', 'staff', { prompt: 'login' });
    expect(JSON.stringify(patched.body)).not.toMatch(/the-secret|sealed/);
    expect((await signIn(`${url}/app`)).page.status).toBe(200);
    expect(site.issuer.asked.get('prompt')).toBe('login');
  });

  it('a login client that is not there has no addresses', async () => {
    expect((await callApi(`${url}/.gatehouse/userinfo?client=nobody`)).status).toBe(404);
    expect((await callApi(`${url}/.gatehouse/login?client=nobody`)).status).toBe(400);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { Store } from '@gatehouse/store';
import { hashOf } from '@gatehouse/token';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { callApi } from '../../examples/demo-flow/src/http-call.js';
import { redisUrl } from '../support/redis.js';
import { cookieOf, echoOf, type LoginSite, putClients, signIn, startLoginSite } from './login-clients.js';
import type { Echo } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { leftHalf, SUBJECT } from './other-issuer.js';

const TYPE = 'logout+jwt';

describe('login sessions', () => {
  let site: LoginSite;
  let url: string;
  /** On Redis a second gateway, which shares the sessions of the first. */
  let replicas: LoneGateway[];

  beforeAll(async () => {
    const second = redisUrl() === undefined ? undefined : await startLoneGateway();
    site = await startLoginSite();
    url = site.gateway.url;
    replicas = second ? [site.gateway, second] : [site.gateway];
    await site.route('app');
    if (second) await putClients(second.app, site.issuer, { staff: {} });
    await second?.addRoute({
      name: 'app',
      match: { paths: ['/app'] },
      upstream: { url: site.upstream.url },
      guards: [{ type: 'login', client: 'staff' }],
    });
  });

  beforeEach(async () => {
    site.issuer.reset();
    await clients();
  });

  afterAll(async () => {
    await replicas?.[1]?.stop();
    await site?.stop();
  });

  async function clients(staff: Record<string, unknown> = {}): Promise<void> {
    for (const { app } of replicas) await putClients(app, site.issuer, { staff });
  }

  async function call(browser: Browser, gateway = url, headers: Record<string, string> = {}) {
    const cookie = await cookieOf(browser, url);
    return callApi(`${gateway}/app`, { headers: { cookie, ...headers } });
  }

  describe('renewal', () => {
    it('RFC 9700 §4.14.2: 50 calls at once over all gateways with an expired token are one refresh request', async () => {
      site.issuer.behaviour.answer = { expires_in: 1 };
      const { browser } = await signIn(`${url}/app`);
      await sleep(1_050);
      site.issuer.behaviour.answer = { expires_in: 3_600 };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => call(browser, replicas[i % replicas.length]!.url)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      expect(site.issuer.refreshes()).toBe(1);
      expect((await call(browser)).status).toBe(200);
      expect(site.issuer.refreshes()).toBe(1);
    });

    it('before the token expires nobody waits for a new one, and it is asked for once', async () => {
      site.issuer.behaviour.answer = { expires_in: 4 };
      const { browser } = await signIn(`${url}/app`);
      await sleep(3_100);
      let answer!: (tokens: { status: number; body: unknown }) => void;
      site.issuer.behaviour.refresh = () => new Promise((resolve) => (answer = resolve));
      const early = await Promise.all(
        Array.from({ length: 10 }, (_, i) => call(browser, replicas[i % replicas.length]!.url)),
      );
      expect(early.map(({ status }) => status)).toEqual(Array(10).fill(200));
      // Nobody waits for it, so it may come after their answers.
      const deadline = Date.now() + 3_000;
      while (site.issuer.refreshes() === 0 && Date.now() < deadline) await sleep(20);
      expect(site.issuer.refreshes()).toBe(1);
      answer({ status: 200, body: { access_token: 'at-new', expires_in: 3_600 } });
      await sleep(1_000);
      expect((await call(browser)).status).toBe(200);
      expect(site.issuer.refreshes()).toBe(1);
    });

    it('takes the lock away from nobody who has it meanwhile', async () => {
      site.issuer.behaviour.answer = { expires_in: 1 };
      const { browser } = await signIn(`${url}/app`);
      const secret = /gh_gw_session[^=]*=([\w-]+)/.exec(await cookieOf(browser, url))![1]!;
      const lock = `session:${hashOf(secret)}:refreshing`;
      const store = site.gateway.app.get(Store, { strict: false });
      await sleep(1_050);
      let own: string | undefined;
      site.issuer.behaviour.refresh = async () => {
        own = await store.get(lock);
        await store.set(lock, 'of another', 15);
        return { status: 200, body: { access_token: 'at-new', expires_in: 3_600 } };
      };
      expect((await call(browser)).status).toBe(200);
      expect(own).toMatch(/^[0-9a-f-]{36}$/);
      expect(await store.get(lock)).toBe('of another');
      await store.delete(lock);
    });

    it('a refresh token that was not replaced is used again', async () => {
      site.issuer.behaviour.answer = { expires_in: 1, refresh_token: 'rt-first' };
      const { browser } = await signIn(`${url}/app`);
      const body = { access_token: 'at-2', expires_in: 1 };
      site.issuer.behaviour.refresh = () => ({ status: 200, body });
      for (let round = 0; round < 2; round++) {
        await sleep(1_050);
        body.access_token += '+';
        expect((await call(browser)).status).toBe(200);
      }
      const used = site.issuer.tokenRequests.map(({ form }) => form.get('refresh_token'));
      expect(used).toEqual([null, 'rt-first', 'rt-first']);
    });

    it('that is refused ends the session: a script is told with 401, a page is sent to sign in', async () => {
      site.issuer.behaviour.answer = { expires_in: 1 };
      const { browser } = await signIn(`${url}/app`);
      await sleep(1_050);
      site.issuer.behaviour.refresh = () => ({ status: 400, body: { error: 'invalid_grant' } });
      const told = await call(browser);
      expect([told.status, told.headers.location]).toEqual([401, undefined]);
      const page = await browser.open(`${url}/app`, { most: 0 });
      expect([page.status, page.headers.location]).toEqual([
        302,
        expect.stringContaining('/.gatehouse/login?'),
      ]);
      expect(site.issuer.refreshes()).toBe(1);
    });

    it('that fails otherwise is 503, and the session is not lost', async () => {
      site.issuer.behaviour.answer = { expires_in: 1 };
      const { browser } = await signIn(`${url}/app`);
      await sleep(1_050);
      site.issuer.behaviour.refresh = () => ({ status: 500, body: { error: 'server_error' } });
      expect((await call(browser)).status).toBe(503);
      site.issuer.behaviour.refresh = undefined;
      expect((await call(browser)).status).toBe(200);
    });

    it('OpenID Connect Core §12.2: an ID Token of somebody else ends it, one of the same person is believed', async () => {
      const groups = { groups: ['crew'] };
      const renewedAs = async (idToken: Record<string, unknown>) => {
        site.issuer.behaviour.answer = { expires_in: 1 };
        site.issuer.behaviour.idToken = {};
        const { browser } = await signIn(`${url}/app`);
        await sleep(1_050);
        site.issuer.behaviour.idToken = idToken;
        return (await call(browser)).status;
      };
      expect(await renewedAs({ ...groups, sub: SUBJECT })).toBe(200);
      expect(await renewedAs({ sub: 'eve', at_hash: undefined })).toBe(401);
      expect(await renewedAs({ at_hash: leftHalf('another') })).toBe(503);
    });

    it('RFC 6749 §6: scopes are those of the new token; left out, those of before', async () => {
      site.issuer.behaviour.answer = { expires_in: 1, scope: 'openid crm orders' };
      const { browser } = await signIn(`${url}/app`);
      const told: (string | undefined)[] = [];
      for (const answer of [
        { scope: 'openid crm' },
        {},
        { scope: 'openid', id_token: undefined },
        { scope: '' },
      ]) {
        site.issuer.behaviour.answer = { expires_in: 1, ...answer };
        await sleep(1_050);
        told.push((JSON.parse((await call(browser)).text) as Echo).headers['x-gatehouse-scope']);
      }
      expect(told).toEqual(['openid crm', 'openid crm', 'openid', '']);
    });

    it('without a refresh token a session of another issuer lasts for its own time', async () => {
      site.issuer.behaviour.answer = { expires_in: 1, refresh_token: undefined };
      const { browser } = await signIn(`${url}/app`);
      await sleep(1_050);
      expect((await call(browser)).status).toBe(200);
      expect(site.issuer.refreshes()).toBe(0);
    });
  });

  describe('ends', () => {
    it('session_idle_timeout: without a call, and not while there are some', async () => {
      const definition = { session_idle_timeout: 30 };
      await clients(definition);
      const { browser } = await signIn(`${url}/app`);
      const { json } = await callApi(`${url}/.gatehouse/userinfo?client=staff`, {
        headers: { cookie: await cookieOf(browser, url) },
      });
      expect(json.idle_timeout).toBe(30);
      expect((await call(browser)).status).toBe(200);
    });

    it('signing out ends it on every gateway, and its refresh token at the issuer', async () => {
      const { browser } = await signIn(`${url}/app`);
      const cookie = await cookieOf(browser, url);
      const headers = { cookie, origin: url };
      const answer = await callApi(`${url}/.gatehouse/logout?client=staff`, { method: 'POST', headers });
      // A script gets no address of the issuer, which would have the ID Token in it.
      expect([answer.status, answer.headers.location, answer.text]).toEqual([204, undefined, '']);
      for (const { url: gateway } of replicas) {
        expect((await callApi(`${gateway}/app`, { headers: { cookie } })).status).toBe(401);
      }
      expect(site.issuer.revoked).toEqual([expect.stringMatching(/^rt-/)]);
    });

    it('the hundred-and-first session of a person ends their first', async () => {
      site.issuer.behaviour.idToken.sub = 'busy';
      site.issuer.behaviour.userinfo.sub = 'busy';
      const { browser: first } = await signIn(`${url}/app`);
      const { SignedInPeople } = await import('../../apps/gateway/src/login/signed-in-people.js');
      const people = site.gateway.app.get(SignedInPeople, { strict: false });
      const client = { issuer: site.issuer.url, clientId: 'gateway' } as never;
      const endsAt = Math.floor(Date.now() / 1000) + 3_600;
      for (let i = 0; i < 99; i++) {
        const listed = { key: `session:${i}`, sub: 'busy', sid: undefined, iat: endsAt, endsAt } as const;
        expect((await people.add(client, listed)).over).toEqual([]);
      }
      expect((await call(first)).status).toBe(200);
      await signIn(`${url}/app`);
      expect((await call(first)).status).toBe(401);
    });
  });

  describe('OpenID Connect Back-Channel Logout', () => {
    async function logout(token: string, gateway = url) {
      const body = new URLSearchParams({ logout_token: token });
      const answer = await fetch(`${gateway}/.gatehouse/backchannel-logout`, { method: 'POST', body });
      const text = await answer.text();
      expect(answer.headers.get('cache-control')).toBe('no-store');
      return { status: answer.status, json: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
    }

    async function sessionOf(sub: string, sid: string | undefined): Promise<Browser> {
      site.issuer.behaviour.idToken = { sub, sid };
      site.issuer.behaviour.userinfo.sub = sub;
      const { browser, page } = await signIn(`${url}/app`);
      expect(page.status).toBe(200);
      return browser;
    }

    it('§2.7: with sid ends that session, on every gateway, and no other of the person', async () => {
      const [one, two] = [await sessionOf('bea', 'bea-1'), await sessionOf('bea', 'bea-2')];
      const token = await site.issuer.logoutToken({ sub: 'bea', sid: 'bea-1' });
      expect((await logout(token, replicas.at(-1)!.url)).status).toBe(200);
      for (const { url: gateway } of replicas) expect((await call(one, gateway)).status).toBe(401);
      expect((await call(two)).status).toBe(200);
    });

    it('§2.4: sid alone names a session, too', async () => {
      const browser = await sessionOf('cleo', 'cleo-1');
      expect((await logout(await site.issuer.logoutToken({ sid: 'cleo-1' }))).status).toBe(200);
      expect((await call(browser)).status).toBe(401);
    });

    it('§2.7: sub alone ends all sessions of the person, and nobody else’s', async () => {
      const [one, two] = [await sessionOf('dora', 'dora-1'), await sessionOf('dora', undefined)];
      const other = await sessionOf('emil', 'emil-1');
      expect((await logout(await site.issuer.logoutToken({ sub: 'dora' }))).status).toBe(200);
      expect((await call(one)).status).toBe(401);
      expect((await call(two)).status).toBe(401);
      expect((await call(other)).status).toBe(200);
    });

    it('a logout that overtakes its login is not lost', async () => {
      site.issuer.behaviour.idToken = { sub: 'fay', sid: 'fay-1' };
      site.issuer.behaviour.userinfo.sub = 'fay';
      const browser = new Browser();
      const back = await browser.open(`${url}/app`, { stopAt: `${url}/.gatehouse/callback` });
      expect((await logout(await site.issuer.logoutToken({ sub: 'fay', sid: 'fay-1' }))).status).toBe(200);
      const page = await browser.open(back.url);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining('Try again')]);
      expect((await call(browser)).status).toBe(401);
    });

    it.each<[string, Record<string, unknown>, string]>([
      ['of another issuer', { iss: 'https://evil.example' }, TYPE],
      ['for another client', { aud: 'other' }, TYPE],
      ['that has expired', { exp: Math.floor(Date.now() / 1000) - 60 }, TYPE],
      ['that was kept back', { iat: Math.floor(Date.now() / 1000) - 400 }, TYPE],
      ['without iat', { iat: undefined }, TYPE],
      ['without jti', { jti: undefined }, TYPE],
      ['with a nonce', { nonce: 'n' }, TYPE],
      ['without events', { events: undefined }, TYPE],
      ['of another event', { events: { 'http://other.example': {} } }, TYPE],
      [
        'whose event is no object',
        { events: { 'http://schemas.openid.net/event/backchannel-logout': 1 } },
        TYPE,
      ],
      ['with neither sub nor sid', { sub: undefined }, TYPE],
      ['whose typ is JWT', {}, 'JWT'],
      ['without typ', {}, ''],
    ])('§2.6: a token %s is refused', async (_name, claims, typ) => {
      const browser = await sessionOf('gus', 'gus-1');
      const answer = await logout(await site.issuer.logoutToken({ sub: 'gus', ...claims }, typ));
      expect([answer.status, answer.json.error]).toEqual([400, 'invalid_request']);
      expect((await call(browser)).status).toBe(200);
    });

    it.each(['', 'x', 'a.b.c'])('what is no token is refused: %j', async (token) => {
      expect((await logout(token)).status).toBe(400);
    });

    it('another body than a form, and two tokens', async () => {
      const address = `${url}/.gatehouse/backchannel-logout`;
      const token = await site.issuer.logoutToken({ sub: 'x' });
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const statuses = await Promise.all([
        fetch(address, { ...json, body: JSON.stringify({ logout_token: token }) }),
        fetch(address, {
          method: 'POST',
          body: new URLSearchParams(`logout_token=${token}&logout_token=${token}`),
        }),
        fetch(address, { method: 'POST', body: new URLSearchParams({ logout_token: 'x'.repeat(40_000) }) }),
      ]);
      expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400]);
    });
  });

  describe('the guard', () => {
    it('groups: lets in who is in one of them; a page tells who is not, and how to go on', async () => {
      await site.route('crew', { groups: ['crew', 'guests'] });
      const { browser, page } = await signIn(`${url}/crew`);
      expect([page.status, page.url]).toEqual([403, `${url}/.gatehouse/denied?client=staff`]);
      expect(page.text).toContain('Ada Lovelace');
      expect(page.body).toContain('prompt=login');
      const cookie = await cookieOf(browser, url);
      expect((await callApi(`${url}/crew`, { headers: { cookie } })).status).toBe(403);
      site.issuer.behaviour.userinfo.groups = ['guests'];
      expect((await signIn(`${url}/crew`)).page.status).toBe(200);
    });

    it('groups_claim', async () => {
      await site.route('engineers', { groups: ['engines'] });
      site.issuer.behaviour.userinfo['https://corp.example/roles'] = 'engines';
      expect((await signIn(`${url}/engineers`)).page.status).toBe(403);
      await clients({ groups_claim: 'https://corp.example/roles' });
      expect((await signIn(`${url}/engineers`)).page.status).toBe(200);
    });

    it('scopes: the login is made again for what is missing, and once', async () => {
      await site.route('crm', { scopes: ['crm'] });
      const { browser } = await signIn(`${url}/app`);
      site.issuer.behaviour.answer.scope = 'openid crm';
      expect((await browser.open(`${url}/crm`)).status).toBe(200);
      expect(site.issuer.asked.get('scope')).toBe('openid profile email offline_access crm');
      site.issuer.behaviour.answer.scope = 'openid';
      const { page } = await signIn(`${url}/crm`);
      expect([page.status, page.url]).toEqual([403, `${url}/.gatehouse/denied?client=staff`]);
    });

    it('RFC 9470: acr_values: who has not proved enough is asked to, and once', async () => {
      await site.route('safe', { acr_values: ['mfa', 'hwk'] });
      const { browser } = await signIn(`${url}/app`);
      const cookie = await cookieOf(browser, url);
      expect((await callApi(`${url}/safe`, { headers: { cookie } })).status).toBe(401);
      site.issuer.behaviour.idToken.acr = 'hwk';
      const page = await browser.open(`${url}/safe`);
      expect([page.status, site.issuer.asked.get('acr_values')]).toEqual([200, 'mfa hwk']);
      site.issuer.behaviour.idToken.acr = 'pwd';
      const weak = (await signIn(`${url}/safe`)).page;
      expect([weak.status, weak.url]).toEqual([403, `${url}/.gatehouse/denied?client=staff`]);
    });

    it('csrf: token wants the token of userinfo, too', async () => {
      await site.route('strict', { csrf: 'token' });
      const { browser } = await signIn(`${url}/app`);
      const cookie = await cookieOf(browser, url);
      const { json } = await callApi(`${url}/.gatehouse/userinfo?client=staff`, { headers: { cookie } });
      const token = String(json.csrf_token);
      const post = async (path: string, headers: Record<string, string>) =>
        (await callApi(`${url}${path}`, { method: 'POST', headers: { cookie, ...headers } })).status;
      expect(await post('/app', { origin: url })).toBe(200);
      expect(await post('/strict', { origin: url })).toBe(403);
      expect(await post('/strict', { origin: url, 'x-gatehouse-csrf': token })).toBe(200);
      expect(await post('/strict', { 'x-gatehouse-csrf': token })).toBe(403);
      expect(await post('/strict', { origin: url, 'x-gatehouse-csrf': `${token}x` })).toBe(403);
      const other = await signIn(`${url}/app`);
      const theirs = { cookie: await cookieOf(other.browser, url), origin: url, 'x-gatehouse-csrf': token };
      expect(await post('/strict', theirs)).toBe(403);
    });

    it('the token is for the gateway: no upstream sees it', async () => {
      const { browser } = await signIn(`${url}/app`);
      const page = await browser.open(`${url}/app`, { headers: { 'x-gatehouse-csrf': 'secret' } });
      expect(echoOf(page).rawHeaders.join()).not.toContain('secret');
    });
  });
});

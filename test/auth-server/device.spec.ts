import * as openid from 'openid-client';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { ClientsService } from '../../apps/auth-server/src/clients/clients.service.js';
import { ConsentPolicies } from '../../apps/auth-server/src/consent/consent-policies.service.js';
import { DeviceRequests } from '../../apps/auth-server/src/device/device-requests.service.js';
import { newUserCode, readUserCode } from '../../apps/auth-server/src/device/user-code.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { type Answer, AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { formTo, FROM_ITS_PAGE, logIn, newUser, PASSWORD } from './people.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

interface Started {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete: string;
}

describe('the device flow (RFC 8628)', () => {
  let server: AuthServer;
  let television: TestClient;
  let now: number;

  beforeAll(async () => {
    // On the in-process store, whose time a test can let pass.
    server = await AuthServer.start({ REDIS_URL: '' });
    television = await newTelevision();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    now = Date.now();
  });
  afterEach(() => jest.restoreAllMocks());

  const newTelevision = (metadata: Record<string, unknown> = {}) =>
    server.client({
      client_name: 'Television',
      redirect_uris: [],
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE_CODE, 'refresh_token'],
      ...metadata,
    });

  async function start(scope = 'openid offline_access demo:read', of = television): Promise<Started> {
    const form = { client_id: of.clientId, scope };
    return (await server.post('/oauth2/device_authorization', form)).body as unknown as Started;
  }

  const poll = (started: Started, of = television): Promise<Answer> =>
    server.post('/oauth2/token', {
      grant_type: DEVICE_CODE,
      device_code: started.device_code,
      client_id: of.clientId,
    });

  /** Lets time pass for the in-process store and the server alike. */
  function pass(seconds: number): void {
    now += seconds * 1_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  }

  const open = (browser: Browser, path: string) => browser.open(`${server.url}${path}`, { most: 3 });

  function submit(
    browser: Browser,
    page: Page,
    end: string,
    values: Record<string, string>,
    headers = FROM_ITS_PAGE,
  ) {
    const form = formTo(page, end);
    if (!form) throw new Error(`No form ends at ${end}: ${page.text}`);
    return browser.submit(form, values, { most: 3, headers });
  }

  async function enter(browser: Browser, code: string): Promise<Page> {
    return submit(browser, await open(browser, '/device'), '/device', { user_code: code });
  }

  async function person(): Promise<{ browser: Browser; id: string }> {
    const browser = new Browser();
    const { id } = await newUser(server);
    const secret = await server.get(SessionsService).create(id, ['pwd']);
    await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
    return { browser, id };
  }

  /** The page on which a signed-in person answers. */
  async function confirmation(started: Started) {
    const { browser, id } = await person();
    return { browser, id, page: await enter(browser, started.user_code) };
  }

  const answer = (browser: Browser, page: Page, decision: string) =>
    submit(browser, page, new URL(page.url).pathname, { decision });

  it('§3.2: the answer has all members, is kept by no cache, and the code is easy to type', async () => {
    const { status, headers, body } = await server.post('/oauth2/device_authorization', {
      client_id: television.clientId,
    });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/) as string,
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/) as string,
      verification_uri: `${ISSUER}/device`,
      verification_uri_complete: `${ISSUER}/device?user_code=${body.user_code as string}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it('§4: is announced', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.device_authorization_endpoint).toBe(`${ISSUER}/oauth2/device_authorization`);
    expect(body.grant_types_supported).toContain(DEVICE_CODE);
  });

  it('§3.1: a client that is not registered for it, does not authenticate, or asks for too much is refused', async () => {
    const other = await server.client();
    const begin = async (form: Record<string, string>, client?: TestClient) =>
      (await server.post('/oauth2/device_authorization', form, client)).body.error;
    expect(await begin({}, other)).toBe('unauthorized_client');
    expect(await begin({})).toBe('invalid_client');
    expect(await begin({ client_id: 'nobody' })).toBe('invalid_client');
    expect(await begin({ client_id: television.clientId, scope: 'admin' })).toBe('invalid_scope');
    const secretive = await newTelevision({ token_endpoint_auth_method: 'client_secret_basic' });
    expect(await begin({ client_id: secretive.clientId })).toBe('invalid_client');
  });

  describe('the token endpoint', () => {
    it('§3.5: authorization_pending, then tokens of the person who allowed it, then nothing: once only', async () => {
      const started = await start();
      expect((await poll(started)).body.error).toBe('authorization_pending');
      const { browser, id, page } = await confirmation(started);
      expect((await answer(browser, page, 'allow')).text).toContain('Your device is connected');
      pass(6);
      const { status, body } = await poll(started);
      expect(status).toBe(200);
      expect(claimsOf(body.access_token)).toMatchObject({ sub: id, client_id: television.clientId });
      expect(claimsOf(body.id_token)).toMatchObject({ sub: id, aud: television.clientId, amr: ['pwd'] });
      expect(body.refresh_token).toBeDefined();
      pass(6);
      expect((await poll(started)).body.error).toBe('invalid_grant');
    });

    it('§3.5: of 20 polls at once one at most gets the tokens', async () => {
      const started = await start();
      const { browser, page } = await confirmation(started);
      await answer(browser, page, 'allow');
      const answers = await Promise.all(Array.from({ length: 20 }, () => poll(started)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('§3.5: slow_down to whoever polls too soon, and the interval grows by 5 seconds for good', async () => {
      const started = await start();
      const errors = async () => (await poll(started)).body.error;
      expect([await errors(), await errors()]).toEqual(['authorization_pending', 'slow_down']);
      pass(6);
      expect(await errors()).toBe('slow_down');
      pass(14);
      expect(await errors()).toBe('slow_down');
      pass(20);
      expect(await errors()).toBe('authorization_pending');
      pass(19);
      expect(await errors()).toBe('slow_down');
    });

    it('§3.5: expired_token when its time is over, and no answer counts any more', async () => {
      const started = await start();
      const { browser, page } = await confirmation(started);
      pass(601);
      expect((await poll(started)).body.error).toBe('expired_token');
      expect((await answer(browser, page, 'allow')).status).toBe(410);
      expect((await poll(started)).body.error).toBe('expired_token');
    });

    it('§3.5: access_denied when the person says no', async () => {
      const started = await start();
      const { browser, page } = await confirmation(started);
      expect((await answer(browser, page, 'deny')).text).toContain('Nothing was allowed');
      const { status, body } = await poll(started);
      expect([status, body.error]).toEqual([400, 'access_denied']);
    });

    it('§5.2: a device code is for its own client only, which another one does not slow down', async () => {
      const other = await newTelevision();
      const started = await start();
      for (let count = 0; count < 3; count += 1)
        expect((await poll(started, other)).body.error).toBe('invalid_grant');
      expect((await poll(started)).body.error).toBe('authorization_pending');
    });

    it.each(['nonsense', 'BCDF-GHJK'])('§5.2: %j is no device code', async (deviceCode) => {
      expect((await poll({ ...(await start()), device_code: deviceCode })).body.error).toBe('invalid_grant');
    });

    it('§5.2: the user code is no device code, and neither is stored in the clear', async () => {
      const started = await start();
      expect((await poll({ ...started, device_code: started.user_code })).body.error).toBe('invalid_grant');
    });

    it('authentik CVE-2024-38371: nothing is given without a person’s yes, nor when they or the scope are gone', async () => {
      const started = await start();
      const { browser, page, id } = await confirmation(started);
      expect((await poll(started)).body.error).toBe('authorization_pending');
      await answer(browser, page, 'allow');
      await server.sql('DELETE FROM auth.user_account WHERE id = $1', [id]);
      pass(6);
      expect((await poll(started)).body.error).toBe('invalid_grant');
    });

    it('authentik CVE-2024-38371: a policy that refuses the client refuses it here, too, though the person said yes', async () => {
      const decide = jest.spyOn(server.get(ConsentPolicies), 'decide').mockResolvedValue('refuse');
      const started = await start();
      const { browser, page } = await confirmation(started);
      await answer(browser, page, 'allow');
      const { status, body } = await poll(started);
      expect([status, body.error]).toEqual([400, 'access_denied']);
      expect(decide.mock.lastCall![0]).toMatchObject({ scopes: ['openid', 'offline_access', 'demo:read'] });
    });

    it('authentik CVE-2024-52287: the scopes are those of the request, whatever the poll asks for', async () => {
      const started = await start('demo:read');
      const { browser, page } = await confirmation(started);
      await answer(browser, page, 'allow');
      const { body } = await server.post('/oauth2/token', {
        grant_type: DEVICE_CODE,
        device_code: started.device_code,
        client_id: television.clientId,
        scope: 'openid demo:read demo:write',
      });
      expect(body.scope).toBe('demo:read');
    });
  });

  describe('the page', () => {
    it('§3.3: asks for the code, for a login, and then names application, code and permissions', async () => {
      const started = await start();
      const browser = new Browser();
      const user = await newUser(server);
      const login = await enter(browser, started.user_code);
      expect(login.text).toContain('to continue to Television');
      const page = await logIn(browser, login, user.username, PASSWORD);
      for (const part of ['Television', started.user_code, 'Read from the demo API', 'Ada Lovelace'])
        expect(page.text).toContain(part);
      expect((await answer(browser, page, 'allow')).status).toBe(200);
      expect((await poll(started)).status).toBe(200);
    });

    it('§3.3.1: verification_uri_complete fills in the code, shows it as a QR code, and does nothing by itself', async () => {
      const started = await start();
      const { browser } = await person();
      const page = await open(browser, started.verification_uri_complete.slice(ISSUER.length));
      expect(formTo(page, '/device')!.fields.user_code).toBe(started.user_code);
      expect(page.body).toMatch(/<svg class="qr"/);
      expect((await poll(started)).body.error).toBe('authorization_pending');
      expect((await submit(browser, page, '/device', {})).text).toContain('Connect Television');
    });

    it('§6.1: takes the code in any case, with any separators', async () => {
      const { user_code: code } = await start();
      for (const typed of [code.toLowerCase(), code.replace('-', ''), ` ${code.replace('-', ' - ')} `]) {
        const { browser } = await person();
        expect((await enter(browser, typed)).text).toContain('Connect Television');
      }
    });

    it('§5.4: asks although the person consented before, and a first-party client too', async () => {
      const own = await newTelevision({ first_party: true });
      const started = await start('openid', own);
      const { page } = await confirmation(started);
      expect(page.text).toContain('Connect Television');
      expect((await poll(started, own)).body.error).toBe('authorization_pending');
    });

    it('RFC 9700 §4.16: cannot be framed, runs no script and is kept by no cache', async () => {
      const { page } = await confirmation(await start());
      expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      expect(page.body).not.toMatch(/<script| on\w+=|javascript:/i);
    });

    it('shows a client’s name as text', async () => {
      const evil = await newTelevision({ client_name: '<img src=x onerror=alert(1)>' });
      const { page } = await confirmation(await start('openid', evil));
      expect(page.body).not.toContain('<img');
    });

    it('the typed code comes back as text', async () => {
      const browser = new Browser();
      const page = await enter(browser, '"><script>alert(1)');
      expect([page.status, page.body.includes('<script')]).toEqual([400, false]);
    });
  });

  describe('answers that do not count', () => {
    it('CSRF: from another site, without the form’s token, or with another person’s', async () => {
      const started = await start();
      const { browser, page } = await confirmation(started);
      const path = new URL(page.url).pathname;
      const foreign = { 'sec-fetch-site': 'cross-site' };
      expect((await submit(browser, page, path, { decision: 'allow' }, foreign)).status).toBe(403);
      expect((await submit(browser, page, path, { decision: 'allow', csrf: 'x' })).status).toBe(403);
      const { id } = await newUser(server);
      const secret = await server.get(SessionsService).create(id, ['pwd']);
      await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
      expect((await answer(browser, page, 'allow')).status).toBe(403);
      expect((await poll(started)).body.error).toBe('authorization_pending');
    });

    it('another browser’s: the page is nobody else’s', async () => {
      const { page } = await confirmation(await start());
      const { browser: other } = await person();
      expect((await open(other, new URL(page.url).pathname)).status).toBe(410);
    });

    it('the second one', async () => {
      const started = await start();
      const { browser, page } = await confirmation(started);
      await answer(browser, page, 'deny');
      expect((await answer(browser, page, 'allow')).status).toBe(410);
      expect((await poll(started)).body.error).toBe('access_denied');
      expect((await enter(browser, started.user_code)).status).toBe(400);
    });

    it('of two at once one counts', async () => {
      const started = await start();
      const devices = server.get(DeviceRequests);
      const waiting = (await devices.findByUserCode(started.user_code))!;
      const answers = Array.from({ length: 10 }, () => devices.answer(waiting, { allowed: false }));
      expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1);
    });

    it('for a client that was deleted meanwhile', async () => {
      const gone = await newTelevision();
      const { browser, page } = await confirmation(await start('openid', gone));
      await server.get(ClientsService).delete(gone.clientId);
      expect((await answer(browser, page, 'allow')).status).toBe(410);
    });
  });

  it('openid-client signs in on a device', async () => {
    const config = await openid.discovery(new URL(ISSUER), television.clientId, undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: (url: string, init: RequestInit) => fetch(url.replace(ISSUER, server.url), init),
    } as openid.DiscoveryRequestOptions);
    const started = await openid.initiateDeviceAuthorization(config, { scope: 'openid demo:read' });
    const { browser, page, id } = await confirmation({ ...started, verification_uri_complete: '' });
    await answer(browser, page, 'allow');
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...started, interval: 0.1 });
    expect(tokens.claims()?.sub).toBe(id);
  });

  // Last: it uses up what this address may try.
  it('§5.1: wrong codes are few, and then the right one does not help', async () => {
    const { user_code: code } = await start();
    const { browser } = await person();
    const tries: number[] = [];
    for (let count = 0; count < 12; count += 1) tries.push((await enter(browser, newUserCode())).status);
    expect(tries.at(-1)).toBe(429);
    expect(tries.filter((status) => status === 400).length).toBeLessThanOrEqual(10);
    expect((await enter(browser, code)).status).toBe(429);
  });
});

describe('user codes (RFC 8628 §6.1)', () => {
  it.each([
    ['bcdf ghjk', 'BCDF-GHJK'],
    ['ＢＣＤＦ－ＧＨＪＫ', 'BCDF-GHJK'],
    ['BCDF-GHJ', undefined],
    ['BCDF-GHJKL', undefined],
    ['BCDF-GHJA', undefined],
    ['BCDF-GHJ0', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%j is %j', (typed, expected) => {
    expect(readUserCode(typed)).toBe(expected);
  });

  it('are not guessable from one another', () => {
    expect(new Set(Array.from({ length: 1_000 }, newUserCode)).size).toBe(1_000);
  });
});

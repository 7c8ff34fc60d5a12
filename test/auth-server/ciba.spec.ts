import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as openid from 'openid-client';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { FROM_ITS_PAGE, logIn, newUser } from './people.js';

const CIBA = 'urn:openid:params:grant-type:ciba';

describe('backchannel authentication (OpenID CIBA Core 1.0)', () => {
  let server: AuthServer;
  let client: TestClient;
  let now: number;

  beforeAll(async () => {
    // On the in-process store, whose time a test can let pass.
    server = await AuthServer.start({ REDIS_URL: '', GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    client = await newClient();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    now = Date.now();
  });
  afterEach(() => jest.restoreAllMocks());

  const newClient = (metadata: Record<string, unknown> = {}) =>
    server.client({
      client_name: 'Bank',
      redirect_uris: [],
      grant_types: [CIBA, 'refresh_token'],
      ...metadata,
    });

  const begin = (form: Record<string, string | undefined>, of = client) =>
    server.post('/oauth2/bc-authorize', { scope: 'openid demo:read', ...form }, of);

  const poll = (authReqId: unknown, of = client) =>
    server.post('/oauth2/token', { grant_type: CIBA, auth_req_id: authReqId as string }, of);

  function pass(seconds: number): void {
    now += seconds * 1_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  }

  async function person() {
    const browser = new Browser();
    const user = await newUser(server);
    const secret = await server.get(SessionsService).create(user.id, ['pwd']);
    await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
    return { browser, ...user };
  }

  const open = (browser: Browser) => browser.open(`${server.url}/ciba`, { most: 3 });

  const cardsOf = (page: Page) => page.forms.filter(({ action }) => action.includes('/ciba/'));

  async function answer(browser: Browser, decision: string, headers = FROM_ITS_PAGE): Promise<Page> {
    const [card] = cardsOf(await open(browser));
    return browser.submit(card!, { decision }, { most: 3, headers });
  }

  it('§7.3 and §10.1.1: the person allows it on their page, and the client that polls gets tokens, once', async () => {
    const { browser, username, id } = await person();
    const { status, headers, body } = await begin({ login_hint: username, binding_message: 'W4SCT' });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      auth_req_id: expect.stringMatching(/^[\w-]{43}$/) as string,
      expires_in: 300,
      interval: 5,
    });
    expect((await poll(body.auth_req_id)).body.error).toBe('authorization_pending');
    const page = await open(browser);
    for (const part of ['Bank', 'W4SCT', 'Read from the demo API']) expect(page.text).toContain(part);
    expect((await answer(browser, 'allow')).text).toContain('Allowed.');
    expect(cardsOf(await open(browser))).toEqual([]);
    pass(6);
    const tokens = (await poll(body.auth_req_id)).body;
    expect(claimsOf(tokens.id_token)).toMatchObject({ sub: id, aud: client.clientId });
    pass(6);
    expect((await poll(body.auth_req_id)).body.error).toBe('invalid_grant');
  });

  it('§4: is announced', async () => {
    const { body } = await server.fetch('/.well-known/openid-configuration');
    expect(body).toMatchObject({
      backchannel_authentication_endpoint: `${ISSUER}/oauth2/bc-authorize`,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
    });
    expect(body.grant_types_supported).toContain(CIBA);
  });

  it('§11: slow_down, access_denied, expired_token', async () => {
    const { browser, username } = await person();
    const denied = (await begin({ login_hint: username })).body.auth_req_id;
    expect((await poll(denied)).body.error).toBe('authorization_pending');
    expect((await poll(denied)).body.error).toBe('slow_down');
    expect((await answer(browser, 'deny')).text).toContain('Denied.');
    pass(11);
    expect((await poll(denied)).body.error).toBe('access_denied');
    const late = (await begin({ login_hint: username, requested_expiry: '30' })).body;
    expect(late.expires_in).toBe(30);
    pass(31);
    expect((await poll(late.auth_req_id)).body.error).toBe('expired_token');
    expect(cardsOf(await open(browser))).toEqual([]);
  });

  it('§11: an auth_req_id is for its own client only', async () => {
    const { username } = await person();
    const { body } = await begin({ login_hint: username });
    const other = await newClient();
    expect((await poll(body.auth_req_id, other)).body.error).toBe('invalid_grant');
    expect((await poll('nonsense')).body.error).toBe('invalid_grant');
    expect((await poll(body.auth_req_id)).body.error).toBe('authorization_pending');
  });

  it('§7.1: id_token_hint names the person', async () => {
    const { browser, username, id } = await person();
    const first = (await begin({ login_hint: username })).body.auth_req_id;
    await answer(browser, 'allow');
    const { id_token: hint } = (await poll(first)).body;
    const { body } = await begin({ id_token_hint: hint as string });
    await answer(browser, 'allow');
    expect(claimsOf((await poll(body.auth_req_id)).body.id_token).sub).toBe(id);
  });

  describe('§13: refuses', () => {
    const hint = { login_hint: 'demo' };
    it.each<[string, string, Record<string, string | undefined>]>([
      ['invalid_request', 'no hint', {}],
      ['invalid_request', 'two hints', { ...hint, id_token_hint: 'x' }],
      ['invalid_request', 'a login_hint_token', { login_hint_token: 'x' }],
      ['invalid_request', 'an id_token_hint that is none', { id_token_hint: 'x' }],
      ['unknown_user_id', 'a person it does not know', { login_hint: 'nobody@example.com' }],
      ['invalid_scope', 'no scope', { ...hint, scope: undefined }],
      ['invalid_scope', 'no openid', { ...hint, scope: 'demo:read' }],
      ['invalid_scope', 'a scope for operators', { ...hint, scope: 'openid admin' }],
      ['invalid_binding_message', 'a long binding_message', { ...hint, binding_message: 'x'.repeat(101) }],
      ['invalid_binding_message', 'a hidden one', { ...hint, binding_message: 'a\u202Eb' }],
      ['invalid_request', 'a requested_expiry that is none', { ...hint, requested_expiry: '-1' }],
      ['invalid_request', 'a signed request', { ...hint, request: 'x' }],
      ['invalid_target', 'an unknown resource', { ...hint, resource: 'https://unknown.test' }],
    ])('%s: %s', async (error, _case, form) => {
      const answered = await begin(form);
      expect([answered.status, answered.body.error]).toEqual([400, error]);
    });

    it('a client that is not registered for it, or does not authenticate', async () => {
      expect((await begin(hint, await server.client())).body.error).toBe('unauthorized_client');
      const open = await newClient({ token_endpoint_auth_method: 'none' });
      const form = { ...hint, scope: 'openid', client_id: open.clientId };
      expect((await server.post('/oauth2/bc-authorize', form)).body.error).toBe('unauthorized_client');
      expect((await begin(hint, { ...client, secret: 'wrong' })).status).toBe(401);
    });

    it('§14: to ask one person again and again', async () => {
      const { username } = await person();
      const statuses: number[] = [];
      for (let count = 0; count < 11; count += 1)
        statuses.push((await begin({ login_hint: username })).status);
      expect(statuses.slice(-2)).toEqual([200, 429]);
    });
  });

  describe('the page', () => {
    it('asks for a login, and shows each person their own requests alone', async () => {
      const { username, id } = await person();
      const { body } = await begin({ login_hint: username });
      const other = await person();
      expect(cardsOf(await open(other.browser))).toEqual([]);
      const browser = new Browser();
      const page = await logIn(browser, await open(browser), username);
      expect(cardsOf(page)).toHaveLength(1);
      expect((await answer(browser, 'allow')).text).toContain('Allowed.');
      expect(claimsOf((await poll(body.auth_req_id)).body.id_token).sub).toBe(id);
    });

    it('CSRF: an answer from elsewhere or of another person does not count', async () => {
      const { browser, username } = await person();
      const { body } = await begin({ login_hint: username });
      expect((await answer(browser, 'allow', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      const [card] = cardsOf(await open(browser));
      const other = await person();
      await open(other.browser);
      const stolen = await other.browser.submit(
        card!,
        { decision: 'allow' },
        { most: 3, headers: FROM_ITS_PAGE },
      );
      expect(stolen.status).toBe(403);
      expect((await poll(body.auth_req_id)).body.error).toBe('authorization_pending');
    });

    it('the first answer counts', async () => {
      const { browser, username } = await person();
      const { body } = await begin({ login_hint: username });
      const [card] = cardsOf(await open(browser));
      const send = (decision: string) =>
        browser.submit(card!, { decision }, { most: 3, headers: FROM_ITS_PAGE });
      expect((await send('deny')).text).toContain('Denied.');
      expect((await send('allow')).text).toContain('answered already');
      expect((await poll(body.auth_req_id)).body.error).toBe('access_denied');
    });

    it('shows a binding message as text, cannot be framed, and runs no script', async () => {
      const { browser, username } = await person();
      await begin({ login_hint: username, binding_message: '<script>alert(1)</script>' });
      const page = await open(browser);
      expect(page.body).not.toContain('<script');
      expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    });
  });

  describe('ping (§10.2)', () => {
    let site: Server;
    let endpoint: string;
    let calls: { headers: IncomingHttpHeaders; body: string }[];
    let onCall: () => void;

    beforeAll(async () => {
      site = createServer((request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          calls.push({ headers: request.headers, body });
          response.statusCode = 204;
          response.end();
          onCall();
        });
      });
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      endpoint = `http://127.0.0.1:${(site.address() as AddressInfo).port}/ping`;
    });
    afterAll(() => void site.close());
    beforeEach(() => {
      calls = [];
    });

    const pinged = () =>
      newClient({
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: endpoint,
      });

    it.each(['allow', 'deny'])(
      'the client is called with its token when the person says %s',
      async (decision) => {
        const called = new Promise<void>((resolve) => (onCall = resolve));
        const own = await pinged();
        const { browser, username } = await person();
        const { body } = await begin({ login_hint: username, client_notification_token: 'tok-1' }, own);
        await answer(browser, decision);
        await called;
        expect(calls[0]!.headers).toMatchObject({
          authorization: 'Bearer tok-1',
          'content-type': 'application/json',
        });
        expect(JSON.parse(calls[0]!.body)).toEqual({ auth_req_id: body.auth_req_id });
        expect((await poll(body.auth_req_id, own)).status).toBe(decision === 'allow' ? 200 : 400);
      },
    );

    it.each([undefined, 'has space', 'x'.repeat(1_025)])(
      '§7.1: needs a client_notification_token, not %j',
      async (token) => {
        const own = await pinged();
        const answered = await begin({ login_hint: 'demo', client_notification_token: token }, own);
        expect(answered.body.error).toBe('invalid_request');
      },
    );

    it('§4: a client needs an endpoint to be pinged at', async () => {
      const token = await server.tokenWith('admin');
      const metadata = { grant_types: [CIBA], backchannel_token_delivery_mode: 'ping' };
      expect((await server.call(token, '/admin/v1/clients', 'POST', metadata)).status).toBe(422);
    });
  });

  it('openid-client gets its tokens by CIBA', async () => {
    const config = await openid.discovery(
      new URL(ISSUER),
      client.clientId,
      undefined,
      openid.ClientSecretBasic(client.secret!),
      {
        execute: [openid.allowInsecureRequests],
        [openid.customFetch]: (url: string, init: RequestInit) =>
          fetch(url.replace(ISSUER, server.url), init),
      } as openid.DiscoveryRequestOptions,
    );
    const { browser, username, id } = await person();
    const started = await openid.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      login_hint: username,
    });
    await answer(browser, 'allow');
    const tokens = await openid.pollBackchannelAuthenticationGrant(config, { ...started, interval: 0.1 });
    expect(tokens.claims()?.sub).toBe(id);
  });
});

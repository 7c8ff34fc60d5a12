import { Browser } from '../../examples/demo-flow/src/browser.js';
import { consentForm } from '../../examples/demo-flow/src/sign-in.js';
import { newSecret, s256Challenge } from '@gatehouse/token';
import * as oauth from 'oauth4webapi';
import { AuthServer, basic, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, decide, type Members, requestOf, signedIn } from './people.js';

const PREFIX = 'urn:ietf:params:oauth:request_uri:';

describe('/oauth2/par (RFC 9126)', () => {
  let server: AuthServer;
  let client: TestClient;
  let other: TestClient;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client();
    other = await server.client();
    person = await signedIn(server, client);
  });
  afterAll(() => server.stop());

  function push(members: Members = {}, of = client) {
    return server.fetch('/oauth2/par', {
      method: 'POST',
      body: requestOf(of, members),
      headers: { authorization: basic(of) },
    });
  }

  async function pushed(members: Members = {}, of = client): Promise<string> {
    const { status, body } = await push(members, of);
    expect([status, body]).toEqual([201, expect.anything()]);
    return body.request_uri as string;
  }

  function follow(
    requestUri: string,
    members: Record<string, string> = {},
    browser = person.browser,
    of = client,
  ) {
    const query = new URLSearchParams({ client_id: of.clientId, request_uri: requestUri, ...members });
    return browser.open(`${server.url}/oauth2/authorize?${query}`, { stopAt: CALLBACK, most: 3 });
  }

  it('RFC 9126 §2.2: answers 201 with a request_uri of 256 random bits and a short life', async () => {
    const { status, headers, body } = await push();
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/),
      expires_in: 60,
    });
    expect((await push()).body.request_uri).not.toBe(body.request_uri);
  });

  it('RFC 9126 §4: the browser needs only client_id and request_uri', async () => {
    const answer = answerOf(await follow(await pushed({ prompt: 'none', state: 'pushed' })));
    expect(answer).toMatchObject({ code: expect.any(String), state: 'pushed', iss: ISSUER });
  });

  it('RFC 9126 §2.1: a request_uri is used once', async () => {
    const requestUri = await pushed({ prompt: 'none' });
    expect(answerOf(await follow(requestUri)).code).toBeTruthy();
    const again = await follow(requestUri);
    expect([again.status, again.headers.location]).toEqual([400, undefined]);
  });

  it('RFC 9126 §2.1: of 20 browsers that follow it at once, one gets through', async () => {
    const requestUri = await pushed({ prompt: 'none' });
    const pages = await Promise.all(Array.from({ length: 20 }, () => follow(requestUri)));
    expect(pages.filter((page) => page.url.startsWith(CALLBACK))).toHaveLength(1);
  });

  it('RFC 9126 §7.3: a request_uri of another client is refused, and not spent by it', async () => {
    const requestUri = await pushed({ prompt: 'none' });
    const page = await follow(requestUri, {}, person.browser, other);
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(answerOf(await follow(requestUri)).code).toBeTruthy();
  });

  it.each([
    ['unknown', PREFIX + newSecret()],
    ['empty', PREFIX],
    ['shaped like a key of the store', `${PREFIX}*`],
    ['very long', PREFIX + 'x'.repeat(5_000)],
  ])('RFC 9126 §2.2: a request_uri that is %s is an error page', async (_case, requestUri) => {
    const page = await follow(requestUri, { redirect_uri: CALLBACK });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('RFC 9126 §2.2: a request_uri is forgotten when its time is over', async () => {
    const requestUri = await pushed();
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now + 61_000);
    try {
      if (process.env.TEST_REDIS_URL) return; // Redis has its own clock; the store's contract holds it to this.
      expect((await follow(requestUri)).status).toBe(400);
    } finally {
      clock.mockRestore();
    }
  });

  it('RFC 9126 §4: parameters beside the request_uri change nothing', async () => {
    const requestUri = await pushed({ prompt: 'none', scope: 'openid', state: 'pushed' });
    const beside = {
      redirect_uri: 'https://evil.example/',
      scope: 'openid demo:write',
      state: 'other',
      response_type: 'token',
      response_mode: 'form_post',
      prompt: 'login',
    };
    const answer = answerOf(await follow(requestUri, beside));
    expect(answer).toMatchObject({ state: 'pushed', code: expect.any(String) });
    const [row] = await server.sql<{ scopes: string[] }>(
      'SELECT scopes FROM auth.oauth_grant WHERE id = $1',
      [answer.code!.split('.')[0]],
    );
    expect(row!.scopes).toEqual(['openid']);
  });

  it('Keycloak CVE-2024-4540: nothing of what was pushed is in a cookie, or in an address', async () => {
    const browser = new Browser();
    const secrets = { login_hint: 'secret-hint', nonce: 'secret-nonce', state: 'secret-state' };
    await follow(await pushed(secrets), {}, browser);
    const cookies = [...(await browser.cookiesFor(server.url)).entries()].flat().join(' ');
    const addresses = browser.received.map((page) => `${page.url} ${page.headers.location}`).join(' ');
    for (const secret of Object.values(secrets)) {
      for (const form of [secret, Buffer.from(secret).toString('base64url').slice(0, 12)]) {
        expect(`${cookies} ${addresses}`).not.toContain(form);
      }
    }
  });

  it('a pushed request goes through login and consent as any other', async () => {
    const requestUri = await pushed({ prompt: 'consent' });
    const page = await follow(requestUri);
    expect(consentForm(page)).toBeDefined();
    expect(answerOf(await decide(person.browser, page, 'allow')).code).toBeTruthy();
  });

  describe('refuses', () => {
    it.each<[string, Members, string]>([
      ['RFC 9126 §2.1: request_uri', { request_uri: PREFIX + newSecret() }, 'invalid_request'],
      ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/' }, 'invalid_request'],
      ['redirect_uri sent twice', { redirect_uri: [CALLBACK, CALLBACK] }, 'invalid_request'],
      ['no response_type', { response_type: undefined }, 'invalid_request'],
      ['a response type of others', { response_type: 'token' }, 'unauthorized_client'],
      ['an unknown response mode', { response_mode: 'smoke' }, 'invalid_request'],
      ['a scope of nobody', { scope: 'openid no:such' }, 'invalid_scope'],
      ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
      ['PKCE by plain', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['an unknown resource', { resource: 'https://nobody.example/' }, 'invalid_target'],
      ['scope sent twice', { scope: ['openid', 'openid'] }, 'invalid_request'],
      ['the client_id of another', { client_id: 'nobody' }, 'invalid_request'],
    ])('RFC 9126 §2.3: %s', async (_case, members, error) => {
      const { status, headers, body } = await push(members);
      expect([status, body.error]).toEqual([400, error]);
      expect(headers.get('location')).toBeNull();
      expect(body).not.toHaveProperty('request_uri');
    });

    it('RFC 9126 §2.1: a client that does not prove who it is', async () => {
      const { status, body } = await server.post('/oauth2/par', Object.fromEntries(requestOf(client)));
      expect([status, body.error]).toEqual([401, 'invalid_client']);
      const wrong = { ...client, secret: 'guessed' };
      expect((await push({}, wrong)).status).toBe(401);
    });

    it('RFC 9126 §2.3: a method other than POST, by 405', async () => {
      const { status, headers } = await server.fetch(`/oauth2/par?${requestOf(client)}`);
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    });
  });

  it('RFC 9126 §2.1: the secret of client_secret_post is not kept with the request', async () => {
    const form = {
      ...Object.fromEntries(requestOf(client, { prompt: 'none' })),
      client_secret: client.secret,
    };
    const { status, body } = await server.post('/oauth2/par', form);
    expect(status).toBe(201);
    expect(answerOf(await follow(body.request_uri as string)).code).toBeTruthy();
  });

  it('RFC 9126 §2.1: a public client may push, too', async () => {
    const app = await server.client({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
    });
    const { status, body } = await server.post(
      '/oauth2/par',
      Object.fromEntries(requestOf(app, { prompt: 'none' })),
    );
    expect(status).toBe(201);
    const page = await follow(body.request_uri as string, {}, new Browser(), app);
    expect(answerOf(page).error).toBe('login_required');
  });

  describe('require_pushed_authorization_requests', () => {
    it('RFC 9126 §6: a client that is registered so must push', async () => {
      const strict = await server.client({ require_pushed_authorization_requests: true });
      expect(answerOf(await ask(server, strict, { prompt: 'none' })).error).toBe('invalid_request');
      const page = await follow(await pushed({ prompt: 'none' }, strict), {}, new Browser(), strict);
      expect(answerOf(page).error).toBe('login_required');
    });

    it('RFC 9126 §5: by the setting, every client must push, and discovery says so', async () => {
      const strict = await AuthServer.start(
        { GATEHOUSE_REQUIRE_PUSHED_AUTHORIZATION_REQUESTS: 'true' },
        server.database,
      );
      try {
        expect(answerOf(await ask(strict, client, { prompt: 'none' })).error).toBe('invalid_request');
        const { body } = await strict.fetch('/.well-known/oauth-authorization-server');
        expect(body.require_pushed_authorization_requests).toBe(true);
      } finally {
        await strict.close();
      }
    });
  });

  it('RFC 9126 §5: discovery names the endpoint', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({
      pushed_authorization_request_endpoint: `${ISSUER}/oauth2/par`,
      require_pushed_authorization_requests: false,
    });
  });

  it('oauth4webapi pushes, and goes on to a code', async () => {
    const as: oauth.AuthorizationServer = {
      issuer: ISSUER,
      pushed_authorization_request_endpoint: `${server.url}/oauth2/par`,
    };
    const parameters = {
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid demo:read',
      prompt: 'none',
      code_challenge: s256Challenge(newSecret()),
      code_challenge_method: 'S256',
    };
    const oauthClient = { client_id: client.clientId };
    const response = await oauth.pushedAuthorizationRequest(
      as,
      oauthClient,
      oauth.ClientSecretBasic(client.secret!),
      parameters,
      { [oauth.allowInsecureRequests]: true },
    );
    const { request_uri: requestUri } = await oauth.processPushedAuthorizationResponse(
      as,
      oauthClient,
      response,
    );
    const page = await follow(requestUri);
    const answer = oauth.validateAuthResponse(
      { ...as, authorization_response_iss_parameter_supported: true },
      oauthClient,
      new URL(page.url),
      oauth.expectNoState,
    );
    expect(answer.get('code')).toBeTruthy();
  });
});

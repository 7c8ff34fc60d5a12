import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSecret, s256Challenge } from '@gatehouse/token';
import {
  CompactEncrypt,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import * as oauth from 'oauth4webapi';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { AuthServer, basic, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask, CALLBACK, type Members, signedIn } from './people.js';

type Changes = Readonly<Record<string, unknown>>;

describe('request objects (RFC 9101)', () => {
  let server: AuthServer;
  let client: TestClient;
  let privateKey: CryptoKey;
  let foreignKey: CryptoKey;
  let publicJwk: JWK;
  let person: Awaited<ReturnType<typeof signedIn>>;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    const pair = await generateKeyPair('ES256', { extractable: true });
    privateKey = pair.privateKey;
    publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    foreignKey = (await generateKeyPair('ES256')).privateKey;
    client = await withKeys();
    person = await signedIn(server, client, { prompt: 'consent' });
  });
  afterAll(() => server.stop());

  function withKeys(metadata: Changes = {}): Promise<TestClient> {
    return server.client({ jwks: { keys: [publicJwk] }, first_party: true, ...metadata });
  }

  function claimsFor(of: TestClient, changes: Changes = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: of.clientId,
      aud: ISSUER,
      exp: now + 60,
      nbf: now,
      jti: newSecret(),
      client_id: of.clientId,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid demo:read',
      state: 'signed',
      prompt: 'none',
      code_challenge: s256Challenge(newSecret()),
      code_challenge_method: 'S256',
      ...changes,
    };
    return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  }

  function sign(claims: JWTPayload, header: Changes = {}, key = privateKey): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'oauth-authz-req+jwt', ...header })
      .sign(key);
  }

  /** A request of nothing but client_id and the object, unless `outer` adds to it. */
  function send(request: string, outer: Record<string, string> = {}, of = client, browser = person.browser) {
    const query = new URLSearchParams({ client_id: of.clientId, request, ...outer });
    return browser.open(`${server.url}/oauth2/authorize?${query}`, { stopAt: CALLBACK, most: 3 });
  }

  /** The error of a bad object, which goes to the registered address that stands beside it. */
  async function errorOf(request: string, of = client): Promise<string | undefined> {
    const answer = answerOf(await send(request, { redirect_uri: CALLBACK, state: 'beside' }, of));
    expect(answer).toMatchObject({ state: 'beside', iss: ISSUER });
    expect(answer).not.toHaveProperty('code');
    return answer.error;
  }

  it('RFC 9101 §5.1: a signed object is the request', async () => {
    const answer = answerOf(await send(await sign(claimsFor(client))));
    expect(answer).toMatchObject({ code: expect.any(String), state: 'signed', iss: ISSUER });
  });

  it('RFC 9101 §6.3: parameters beside it are not used, even where it has none of that name', async () => {
    const object = await sign(claimsFor(client, { scope: 'openid', nonce: undefined }));
    const beside = {
      scope: 'openid demo:write',
      state: 'beside',
      redirect_uri: 'https://evil.example/',
      prompt: 'login',
      resource: 'https://x.example',
      response_mode: 'fragment',
      max_age: '0',
    };
    const answer = answerOf(await send(object, beside));
    expect(answer.state).toBe('signed');
    const [row] = await server.sql<{ scopes: string[] }>(
      'SELECT scopes FROM auth.oauth_grant WHERE id = $1',
      [answer.code!.split('.')[0]],
    );
    expect(row!.scopes).toEqual(['openid']);
  });

  it('RFC 9101 §5: without client_id beside it there is no request', async () => {
    const object = await sign(claimsFor(client));
    const page = await new Browser().open(
      `${server.url}/oauth2/authorize?${new URLSearchParams({ request: object })}`,
    );
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('RFC 9700 §2.1: the redirect URI in the object must be registered, as any other', async () => {
    const page = await send(await sign(claimsFor(client, { redirect_uri: 'https://evil.example/' })), {
      redirect_uri: CALLBACK,
    });
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
  });

  it('numbers, lists of resources and claims are taken as JSON has them', async () => {
    const object = await sign(
      claimsFor(client, {
        max_age: 3600,
        resource: ['https://gateway.test/demo'],
        claims: { id_token: { acr: null } },
      }),
    );
    expect(answerOf(await send(object)).code).toBeTruthy();
  });

  it('OIDC Core §6.1: response_type beside an untyped object must agree, and serves where it has none', async () => {
    const without = await sign(claimsFor(client, { response_type: undefined }), { typ: 'JWT' });
    expect(answerOf(await send(without, { response_type: 'code' })).code).toBeTruthy();
    const other = await sign(claimsFor(client), { typ: undefined });
    const beside = { response_type: 'token', redirect_uri: CALLBACK };
    const page = await send(other, beside);
    expect(page.url).toContain('error=invalid_request');
    const typed = await sign(claimsFor(client, { response_type: undefined }));
    expect(answerOf(await send(typed, { response_type: 'code' })).error).toBe('invalid_request');
  });

  describe('refuses', () => {
    it.each<[string, Changes]>([
      ['§4: iss of another', { iss: 'nobody' }],
      ['§4: no iss', { iss: undefined }],
      ['§4: aud of another server', { aud: 'https://other.example' }],
      ['§4: no aud', { aud: undefined }],
      ['no exp', { exp: undefined }],
      ['an exp of the past', { exp: Math.floor(Date.now() / 1000) - 60 }],
      ['an exp of next week', { exp: Math.floor(Date.now() / 1000) + 604_800 }],
      ['an nbf of the future', { nbf: Math.floor(Date.now() / 1000) + 600 }],
      ['§5: client_id of another', { client_id: 'nobody' }],
      ['§4: request within', { request: 'x' }],
      ['§4: request_uri within', { request_uri: 'https://x.example/' }],
      ['§10.8: the client as sub, as an assertion has it', { sub: 'CLIENT' }],
      ['a parameter that is an object', { scope: { openid: true } }],
      ['a parameter that is null', { state: null }],
    ])('RFC 9101 %s', async (_case, changes) => {
      const sub = changes.sub === undefined ? {} : { sub: client.clientId };
      expect(await errorOf(await sign(claimsFor(client, { ...changes, ...sub })))).toBe(
        'invalid_request_object',
      );
    });

    it('RFC 9101 §10.1: an unsigned object (alg none)', async () => {
      expect(await errorOf(new UnsecuredJWT(claimsFor(client)).encode())).toBe('invalid_request_object');
    });

    it("RFC 9101 §6.2: a signature by another's key, or one that was changed", async () => {
      expect(await errorOf(await sign(claimsFor(client), {}, foreignKey))).toBe('invalid_request_object');
      const good = await sign(claimsFor(client));
      const [header, , signature] = good.split('.');
      const body = Buffer.from(JSON.stringify(claimsFor(client, { scope: 'openid demo:write' }))).toString(
        'base64url',
      );
      expect(await errorOf(`${header}.${body}.${signature}`)).toBe('invalid_request_object');
    });

    it('JWT: HS256 with the public key, or with the secret', async () => {
      for (const secret of [JSON.stringify(publicJwk), client.secret!]) {
        const object = await new SignJWT(claimsFor(client))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.from(secret));
        expect(await errorOf(object)).toBe('invalid_request_object');
      }
    });

    it('JWT: a key in the header (jwk, jku, x5u), or a crit that is not known', async () => {
      const pair = await generateKeyPair('ES256', { extractable: true });
      const jwk = await exportJWK(pair.publicKey);
      for (const header of [{ jwk }, { jku: 'http://127.0.0.1:1/' }, { x5u: 'http://127.0.0.1:1/' }]) {
        expect(await errorOf(await sign(claimsFor(client), header, pair.privateKey))).toBe(
          'invalid_request_object',
        );
      }
      const critical = await new SignJWT(claimsFor(client))
        .setProtectedHeader({ alg: 'ES256', crit: ['b64'], b64: true })
        .sign(privateKey);
      expect(
        await errorOf(
          critical.replace(/^[^.]+/, Buffer.from('{"alg":"ES256","crit":["x"],"x":1}').toString('base64url')),
        ),
      ).toBe('invalid_request_object');
    });

    it.each(['at+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt'])('RFC 9101 §10.8.1: typ %s', async (typ) => {
      expect(await errorOf(await sign(claimsFor(client), { typ }))).toBe('invalid_request_object');
    });

    it('RFC 9101 §10.2: a replayed object', async () => {
      const object = await sign(claimsFor(client));
      expect(answerOf(await send(object)).code).toBeTruthy();
      expect(await errorOf(object)).toBe('invalid_request_object');
    });

    it('an algorithm other than request_object_signing_alg', async () => {
      const pinned = await withKeys({ request_object_signing_alg: 'PS256' });
      expect(await errorOf(await sign(claimsFor(pinned)), pinned)).toBe('invalid_request_object');
    });

    it('OIDC Core §6: request and request_uri together', async () => {
      const members = { redirect_uri: CALLBACK, state: 'beside', request_uri: 'https://x.example/' };
      expect(answerOf(await send(await sign(claimsFor(client)), members)).error).toBe('invalid_request');
    });

    it('a client without keys, and garbage', async () => {
      const bare = await server.client();
      expect(await errorOf(await sign(claimsFor(bare)), bare)).toBe('invalid_request_object');
      for (const garbage of ['x', 'a.b.c', '....', 'a.b.c.d.e', 'e30.e30.']) {
        expect(await errorOf(garbage)).toBe('invalid_request_object');
      }
    });

    it('with no address beside it, on a page', async () => {
      const page = await send(await sign(claimsFor(client), {}, foreignKey));
      expect([page.status, page.headers.location]).toEqual([400, undefined]);
      const evil = await send(await sign(claimsFor(client), {}, foreignKey), {
        redirect_uri: 'https://evil.example',
      });
      expect([evil.status, evil.headers.location]).toEqual([400, undefined]);
    });
  });

  describe('encrypted', () => {
    async function keyOf(alg: string): Promise<[CryptoKey, string]> {
      const { body } = await server.fetch('/jwks');
      const jwk = (body.keys as JWK[]).find((key) => key.use === 'enc' && key.alg === alg)!;
      expect(Object.keys(jwk)).not.toContain('d');
      return [(await importJWK(jwk, alg)) as CryptoKey, jwk.kid!];
    }

    async function encrypt(text: string, alg = 'RSA-OAEP-256', enc = 'A256GCM'): Promise<string> {
      const [key, kid] = await keyOf(alg);
      return new CompactEncrypt(Buffer.from(text))
        .setProtectedHeader({ alg, enc, kid, cty: 'oauth-authz-req+jwt' })
        .encrypt(key);
    }

    it.each([
      ['RSA-OAEP-256', 'A256GCM'],
      ['RSA-OAEP-256', 'A128CBC-HS256'],
      ['ECDH-ES', 'A128GCM'],
      ['ECDH-ES', 'A256CBC-HS512'],
    ])('RFC 9101 §6.1: signed, then encrypted by %s and %s', async (alg, enc) => {
      const object = await encrypt(await sign(claimsFor(client)), alg, enc);
      expect(answerOf(await send(object)).code).toBeTruthy();
    });

    it('CVE-2026-9793: encrypted but unsigned is refused', async () => {
      expect(await errorOf(await encrypt(JSON.stringify(claimsFor(client))))).toBe('invalid_request_object');
      expect(await errorOf(await encrypt(new UnsecuredJWT(claimsFor(client)).encode()))).toBe(
        'invalid_request_object',
      );
    });

    it('CVE-2026-9793: what is inside is checked as if it had come in the open', async () => {
      expect(await errorOf(await encrypt(await sign(claimsFor(client), {}, foreignKey)))).toBe(
        'invalid_request_object',
      );
      expect(await errorOf(await encrypt(await encrypt(await sign(claimsFor(client)))))).toBe(
        'invalid_request_object',
      );
    });

    it('the encryption keys are in the JWK Set, and nothing is signed with them', async () => {
      const { body } = await server.fetch('/jwks');
      const uses = (body.keys as JWK[]).map((key) => key.use);
      expect(new Set(uses)).toEqual(new Set(['sig', 'enc']));
    });

    it('are the same for another replica', async () => {
      const object = await encrypt(await sign(claimsFor(client)));
      const replica = await AuthServer.start({}, server.database);
      try {
        const query = new URLSearchParams({ client_id: client.clientId, request: object });
        const page = await new Browser().open(`${replica.url}/oauth2/authorize?${query}`, {
          stopAt: CALLBACK,
        });
        expect(answerOf(page).error).toBe('login_required');
      } finally {
        await replica.close();
      }
    });
  });

  describe('by reference (RFC 9101 §5.2)', () => {
    let site: Server;
    let base: string;
    let answer: (response: ServerResponse) => void;
    let asked = 0;
    let referrer: TestClient;

    beforeAll(async () => {
      site = createServer((_request, response) => {
        asked += 1;
        answer(response);
      }).listen(0, '127.0.0.1');
      await once(site, 'listening');
      base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
      referrer = await withKeys({ request_uris: [`${base}/request.jwt`, `${base}/other.jwt#hash`] });
    });
    afterAll(() => site.close());

    function serve(text: string, type = 'application/oauth-authz-req+jwt', status = 200) {
      answer = (response) => response.writeHead(status, { 'content-type': type }).end(text);
    }

    function refer(requestUri: string, outer: Record<string, string> = {}) {
      const query = new URLSearchParams({ client_id: referrer.clientId, request_uri: requestUri, ...outer });
      return person.browser.open(`${server.url}/oauth2/authorize?${query}`, { stopAt: CALLBACK, most: 3 });
    }

    it.each(['request.jwt', 'other.jwt#hash'])(
      'fetches a signed object from a registered address: %s',
      async (path) => {
        serve(await sign(claimsFor(referrer)));
        expect(answerOf(await refer(`${base}/${path}`))).toMatchObject({
          code: expect.any(String),
          state: 'signed',
        });
      },
    );

    it.each([
      ['another path', '/else.jwt'],
      ['a query added', '/request.jwt?x'],
      ['a fragment added', '/request.jwt#x'],
      ['a path that leads up', '/x/../request.jwt'],
    ])('OIDC Core §6.2: %s is invalid_request_uri, and nothing is fetched', async (_case, path) => {
      const before = asked;
      const page = await refer(`${base}${path}`, { redirect_uri: CALLBACK });
      expect(answerOf(page).error).toBe('invalid_request_uri');
      expect(asked).toBe(before);
    });

    it('RFC 9101 §10.4.1: no other address is ever asked (SSRF)', async () => {
      for (const requestUri of [
        'http://169.254.169.254/',
        'file:///etc/passwd',
        'https://evil.example/',
        'javascript:x',
      ]) {
        expect(answerOf(await refer(requestUri, { redirect_uri: CALLBACK })).error).toBe(
          'invalid_request_uri',
        );
      }
    });

    it('RFC 9101 §7: what is not there, is no JWT, too long or a redirect is invalid_request_uri', async () => {
      const error = async () =>
        answerOf(await refer(`${base}/request.jwt`, { redirect_uri: CALLBACK })).error;
      serve('gone', 'application/jwt', 404);
      expect(await error()).toBe('invalid_request_uri');
      serve(await sign(claimsFor(referrer)), 'text/html');
      expect(await error()).toBe('invalid_request_uri');
      serve('x'.repeat(100_000));
      expect(await error()).toBe('invalid_request_uri');
      answer = (response) => response.writeHead(302, { location: `${base}/other.jwt` }).end();
      expect(await error()).toBe('invalid_request_uri');
      serve('no JWT');
      expect(await error()).toBe('invalid_request_object');
    });

    it('RFC 9101 §6.2: what is fetched is verified as any other object', async () => {
      serve(await sign(claimsFor(referrer), {}, foreignKey));
      const page = await refer(`${base}/request.jwt`, { redirect_uri: CALLBACK });
      expect(answerOf(page).error).toBe('invalid_request_object');
    });

    it('OIDC Registration §2: keys may be behind jwks_uri', async () => {
      const remote = await server.client({ first_party: true, jwks_uri: `${base}/jwks` });
      serve(JSON.stringify({ keys: [publicJwk] }), 'application/jwk-set+json');
      expect(answerOf(await send(await sign(claimsFor(remote)), {}, remote)).code).toBeTruthy();
    });
  });

  describe('pushed (RFC 9126 §3)', () => {
    function push(members: Members) {
      const body = new URLSearchParams(members as Record<string, string>);
      return server.fetch('/oauth2/par', { method: 'POST', body, headers: { authorization: basic(client) } });
    }

    it('an object may be pushed, and is the request then', async () => {
      const { status, body } = await push({ request: await sign(claimsFor(client)), state: 'beside' });
      expect(status).toBe(201);
      const query = new URLSearchParams({
        client_id: client.clientId,
        request_uri: body.request_uri as string,
      });
      const page = await person.browser.open(`${server.url}/oauth2/authorize?${query}`, { stopAt: CALLBACK });
      expect(answerOf(page)).toMatchObject({ code: expect.any(String), state: 'signed' });
    });

    it('a bad one is refused when it is pushed', async () => {
      const { status, body } = await push({ request: await sign(claimsFor(client), {}, foreignKey) });
      expect([status, body.error]).toEqual([400, 'invalid_request_object']);
      const wrong = await push({ request: await sign(claimsFor(client, { scope: 'no:such' })) });
      expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_scope']);
    });

    it('RFC 9126 §3: one of another client is refused', async () => {
      const other = await withKeys();
      const { status } = await push({ request: await sign(claimsFor(other)) });
      expect(status).toBe(400);
    });
  });

  describe('require_signed_request_object', () => {
    it('RFC 9101 §10.5: a plain request is refused, pushed or not, a signed one is not', async () => {
      const strict = await withKeys({ require_signed_request_object: true });
      expect(answerOf(await ask(server, strict, { prompt: 'none' })).error).toBe('invalid_request');
      const form = { response_type: 'code', redirect_uri: CALLBACK, scope: 'openid' };
      const { body } = await server.post('/oauth2/par', form, strict);
      expect(body.error).toBe('invalid_request');
      expect(answerOf(await send(await sign(claimsFor(strict)), {}, strict)).code).toBeTruthy();
      const pushed = await server.post('/oauth2/par', { request: await sign(claimsFor(strict)) }, strict);
      expect(pushed.status).toBe(201);
    });
  });

  it('RFC 9101 §9: discovery tells what is taken', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({ request_parameter_supported: true, require_request_uri_registration: true });
    expect(body.request_object_signing_alg_values_supported).not.toContain('none');
    expect(body.request_object_encryption_alg_values_supported).toEqual(['RSA-OAEP-256', 'ECDH-ES']);
  });

  it('oauth4webapi signs one that is taken', async () => {
    const parameters = new URLSearchParams(
      claimsFor(client, {
        iss: undefined,
        aud: undefined,
        exp: undefined,
        nbf: undefined,
        jti: undefined,
      }) as Record<string, string>,
    );
    const object = await oauth.issueRequestObject(
      { issuer: ISSUER },
      { client_id: client.clientId },
      parameters,
      { key: privateKey, kid: 'one' },
    );
    expect(answerOf(await send(object)).code).toBeTruthy();
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import * as oidc from 'openid-client';
import { AuthServer, type Answer, ISSUER, type TestClient } from './auth-server.js';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const now = () => Math.floor(Date.now() / 1000);

interface Pair {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

async function pair(alg: string, kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

describe('client authentication by JWT (RFC 7523 §2.2 and §3, OpenID Connect Core §9)', () => {
  let server: AuthServer;
  let client: TestClient;
  let key: Pair;
  let other: Pair;
  let jti = 0;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    key = await pair('ES256', 'key-1');
    other = await pair('ES256', 'other');
  });
  // Failures are counted by client.
  beforeEach(async () => {
    client = await byKey({ jwks: { keys: [key.jwk] } });
  });
  afterAll(() => server.stop());

  const byKey = (metadata: object) =>
    server.client({ token_endpoint_auth_method: 'private_key_jwt', ...metadata });
  const claims = (changes: JWTPayload = {}, of = client): JWTPayload => ({
    iss: of.clientId,
    sub: of.clientId,
    aud: ISSUER,
    jti: `jti-${(jti += 1)}`,
    iat: now(),
    exp: now() + 60,
    ...changes,
  });
  const sign = (
    payload: JWTPayload,
    header: Partial<JWTHeaderParameters> = {},
    by: CryptoKey | Uint8Array = key.privateKey,
  ) => new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'key-1', ...header }).sign(by);
  const send = (assertion: string | undefined, more: Record<string, string> = {}): Promise<Answer> =>
    server.post('/oauth2/token', {
      grant_type: 'client_credentials',
      scope: 'demo:read',
      client_assertion: assertion,
      client_assertion_type: TYPE,
      ...more,
    });
  const refused = { status: 401, body: { error: 'invalid_client' } };

  it.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'])(
    'private_key_jwt signed with %s',
    async (alg) => {
      const own = await pair(alg, 'k');
      const of = await byKey({ jwks: { keys: [own.jwk] } });
      const assertion = await sign(claims({}, of), { alg, kid: 'k' }, own.privateKey);
      expect(await send(assertion)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    },
  );

  it('a client that is named by client_id, too (RFC 7521 §4.2)', async () => {
    expect(await send(await sign(claims()), { client_id: client.clientId })).toMatchObject({ status: 200 });
  });

  it.each<[string, () => JWTPayload]>([
    ['the token endpoint as audience', () => ({ aud: `${ISSUER}/oauth2/token` })],
    ['issuer and token endpoint as audience', () => ({ aud: [ISSUER, `${ISSUER}/oauth2/token`] })],
    ['no iat', () => ({ iat: undefined })],
    ['a clock that is 5 s ahead', () => ({ iat: now() + 5, nbf: now() + 5 })],
  ])('takes %s', async (_name, changes) => {
    expect(await send(await sign(claims(changes())))).toMatchObject({ status: 200 });
  });

  it.each(['JWT', 'client-authentication+jwt'])('takes the typ %s', async (typ) => {
    expect(await send(await sign(claims(), { typ }))).toMatchObject({ status: 200 });
  });

  it.each<[string, () => JWTPayload]>([
    ['RFC 7523 §3 (1): another iss', () => ({ iss: 'https://attacker.test' })],
    ['RFC 7523 §3 (1): no iss', () => ({ iss: undefined })],
    ['RFC 7523 §3 (3): another aud', () => ({ aud: 'https://other.test' })],
    ['RFC 7523 §3 (3): no aud', () => ({ aud: undefined })],
    ['RFC 7523 §3 (3): an aud that starts like the issuer', () => ({ aud: `${ISSUER}.attacker.test` })],
    ['RFC 7523 §3 (3): another server beside this one', () => ({ aud: [ISSUER, 'https://other.test'] })],
    ['RFC 7523 §3 (3): an empty list', () => ({ aud: [] })],
    ['RFC 7523 §3 (4): no exp', () => ({ exp: undefined })],
    ['RFC 7523 §3 (4): expired', () => ({ exp: now() - 30 })],
    ['RFC 7523 §3 (4): an exp unreasonably far off', () => ({ exp: now() + 7_200 })],
    ['RFC 7523 §3 (5): not yet valid', () => ({ nbf: now() + 60 })],
    ['RFC 7523 §3 (6): issued in the future', () => ({ iat: now() + 60 })],
    ['OpenID Connect Core §9: no jti', () => ({ jti: undefined })],
    ['an empty jti', () => ({ jti: '' })],
    ['a jti without end', () => ({ jti: 'x'.repeat(501) })],
  ])('refuses %s', async (_name, changes) => {
    expect(await send(await sign(claims(changes())))).toMatchObject(refused);
  });

  it('RFC 7523 §3 (2): sub must be the client; without it there is none', async () => {
    const second = await byKey({ jwks: { keys: [other.jwk] } });
    expect(await send(await sign(claims({ sub: second.clientId })))).toMatchObject(refused);
    expect(await send(await sign(claims({ sub: undefined })))).toMatchObject(refused);
    expect(await send(await sign(claims()), { client_id: second.clientId })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('Hydra CVE-2020-5300: an assertion is good for one use', async () => {
    const assertion = await sign(claims());
    expect(await send(assertion)).toMatchObject({ status: 200 });
    expect(await send(assertion)).toMatchObject(refused);
    const again = await sign(claims({ jti: 'the same' }));
    const resigned = await sign(claims({ jti: 'the same', exp: now() + 90 }));
    expect(await send(again)).toMatchObject({ status: 200 });
    expect(await send(resigned)).toMatchObject(refused);
  });

  it('Hydra CVE-2020-5300: of 20 uses at once one succeeds', async () => {
    const own = await byKey({ jwks: { keys: [key.jwk] } });
    const assertion = await sign(claims({}, own));
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('Hydra CVE-2020-5300: another endpoint is no second use; another client with the same jti is a first one', async () => {
    const assertion = await sign(claims({ jti: 'shared' }));
    const form = { token: 'x', client_assertion: assertion, client_assertion_type: TYPE };
    expect(await server.post('/oauth2/introspect', form)).toMatchObject({
      status: 200,
      body: { active: false },
    });
    expect(await send(assertion)).toMatchObject(refused);
    const second = await byKey({ jwks: { keys: [other.jwk] } });
    const theirs = await sign(claims({ jti: 'shared' }, second), { kid: 'other' }, other.privateKey);
    expect(await send(theirs)).toMatchObject({ status: 200 });
  });

  it('a failed attempt does not use up the jti', async () => {
    const payload = claims();
    expect(await send(await sign(payload, {}, other.privateKey))).toMatchObject(refused);
    expect(await send(await sign(payload))).toMatchObject({ status: 200 });
  });

  describe('JWT attacks', () => {
    const encode = (value: unknown) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

    it.each(['none', 'None', 'NONE', ''])('alg %j', async (alg) => {
      expect(await send(`${encode({ alg, kid: 'key-1' })}.${encode(claims())}.`)).toMatchObject(refused);
      expect(await send(`${encode({ alg, kid: 'key-1' })}.${encode(claims())}.AA`)).toMatchObject(refused);
    });

    it('HS256 with the public key', async () => {
      const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
      expect(await send(await sign(claims(), { alg: 'HS256' }, secret))).toMatchObject(refused);
    });

    it.each(['../../../../dev/null', "x' OR '1'='1", 'http://attacker.test/', 'x'.repeat(2_000)])(
      'kid %s',
      async (kid) => {
        expect(await send(await sign(claims(), { kid }, other.privateKey))).toMatchObject(refused);
      },
    );

    it('jku and x5u are not fetched, jwk and x5c not trusted', async () => {
      const asked: string[] = [];
      const attacker = createServer((request, response) => {
        asked.push(request.url!);
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [other.jwk] }));
      });
      const url = await listen(attacker);
      const headers = [
        { jku: `${url}/jwks` },
        { x5u: `${url}/x5u` },
        { jwk: other.jwk },
        { x5c: ['MIIB'] },
        { kid: 'other', jwk: other.jwk },
      ];
      const answers: Answer[] = [];
      for (const header of headers) {
        answers.push(await send(await sign(claims(), header as never, other.privateKey)));
      }
      attacker.close();
      for (const answer of answers) expect(answer).toMatchObject(refused);
      expect(asked).toEqual([]);
    });

    it('crit that is not understood', async () => {
      const header = { alg: 'ES256', kid: 'key-1', crit: ['urn:x'], 'urn:x': true };
      const assertion = await new SignJWT(claims())
        .setProtectedHeader(header)
        .sign(key.privateKey, { crit: { 'urn:x': true } });
      expect(await send(assertion)).toMatchObject(refused);
    });

    it.each(['at+jwt', 'logout+jwt', 'dpop+jwt', 'token-introspection+jwt', 'oauth-authz-req+jwt', 'x'])(
      'typ confusion: %s',
      async (typ) => {
        expect(await send(await sign(claims(), { typ }))).toMatchObject(refused);
      },
    );

    it('base64 padding, and other ways to write the same', async () => {
      const assertion = await sign(claims());
      const [header, payload, signature] = assertion.split('.') as [string, string, string];
      const standard = Buffer.from(signature, 'base64url').toString('base64');
      for (const altered of [
        `${header}=.${payload}.${signature}`,
        `${header}.${payload}.${standard}`,
        `${header}.${payload}.${signature}=`,
        `${header}.${payload}.${signature}.`,
        ` ${assertion}`,
        `${header}.${payload}`,
      ]) {
        expect(await send(altered)).toMatchObject(refused);
      }
      expect(await send(assertion)).toMatchObject({ status: 200 });
    });

    it('duplicate members', async () => {
      const text = JSON.stringify(claims());
      const doubled = `{"sub":"admin",${text.slice(1)}`;
      const input = `${encode({ alg: 'ES256', kid: 'key-1' })}.${encode(doubled)}`;
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        key.privateKey,
        new TextEncoder().encode(input),
      );
      expect(await send(`${input}.${Buffer.from(signature).toString('base64url')}`)).toMatchObject(refused);
    });
  });

  it('token_endpoint_auth_signing_alg pins the algorithm (OpenID Connect Registration §2)', async () => {
    const rsa = await pair('RS256', 'r');
    const pinned = await byKey({ jwks: { keys: [rsa.jwk] }, token_endpoint_auth_signing_alg: 'PS256' });
    const imported = (alg: string) => sign(claims({}, pinned), { alg, kid: 'r' }, rsa.privateKey);
    expect(await send(await imported('RS256'))).toMatchObject(refused);
  });

  it.each([
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    { kty: 'EC', crv: 'P-256' },
    { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' },
  ])('a registered key that is none, %j, proves nothing', async (jwk) => {
    const own = await byKey({ jwks: { keys: [{ ...jwk, kid: 'key-1' }] } });
    expect(await send(await sign(claims({}, own)))).toMatchObject(refused);
  });

  it('without kid, each key that fits is tried', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((kid) => pair('ES256', kid)));
    const several = await byKey({ jwks: { keys: keys.map(({ jwk }) => jwk) } });
    const assertion = await sign(claims({}, several), { kid: undefined }, keys[1]!.privateKey);
    expect(await send(assertion)).toMatchObject({ status: 200 });
    const stranger = await sign(claims({}, several), { kid: undefined }, other.privateKey);
    expect(await send(stranger)).toMatchObject(refused);
  });

  it('a client with another method cannot use an assertion, nor this one a secret or nothing', async () => {
    const basic = await server.client({ jwks: { keys: [key.jwk] } });
    expect(await send(await sign(claims({}, basic)))).toMatchObject(refused);
    const { clientId } = client;
    const form = { grant_type: 'client_credentials', client_id: clientId };
    expect(await server.post('/oauth2/token', form)).toMatchObject(refused);
    expect(await server.post('/oauth2/token', { ...form, client_secret: '' })).toMatchObject(refused);
    expect(client.secret).toBeUndefined();
  });

  it('RFC 6749 §2.3: an assertion beside a secret is invalid_request', async () => {
    const assertion = await sign(claims());
    const answer = await send(assertion, { client_secret: 'x', client_id: client.clientId });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('RFC 7521 §4.2: type and assertion go together, and the type must be known', async () => {
    const assertion = await sign(claims());
    const alone = { grant_type: 'client_credentials', client_assertion: assertion };
    expect(await server.post('/oauth2/token', alone)).toMatchObject({ body: { error: 'invalid_request' } });
    expect(await send(undefined)).toMatchObject({ body: { error: 'invalid_request' } });
    expect(await send(assertion, { client_assertion_type: 'urn:x' })).toMatchObject(refused);
  });

  describe('client_secret_jwt', () => {
    let own: TestClient;
    const secretOf = ({ secret }: TestClient) => new TextEncoder().encode(secret);
    const mac = (of: TestClient, alg = 'HS256') =>
      sign(claims({}, of), { alg, kid: undefined }, secretOf(of));

    beforeAll(async () => {
      own = await server.client({ token_endpoint_auth_method: 'client_secret_jwt' });
    });

    it('a MAC of the secret', async () => {
      expect(await send(await mac(own))).toMatchObject({ status: 200 });
    });

    it('another secret, or an algorithm that the secret is too short for, is refused', async () => {
      expect(await send(await mac({ ...own, secret: 'x'.repeat(43) }))).toMatchObject(refused);
      expect(await send(await mac(own, 'HS512'))).toMatchObject(refused);
    });

    it('the secret itself does not serve', async () => {
      const form = { grant_type: 'client_credentials', scope: 'demo:read' };
      expect(await server.post('/oauth2/token', form, own)).toMatchObject(refused);
    });

    it('a client of another secret method cannot use its secret as a key: only its hash is stored', async () => {
      const basic = await server.client();
      expect(await send(await mac(basic))).toMatchObject(refused);
      const [row] = await server.sql<{ sealed_secret: string | null }>(
        'SELECT sealed_secret FROM auth.client WHERE client_id = $1',
        [basic.clientId],
      );
      expect(row!.sealed_secret).toBeNull();
    });

    it('the secret is sealed at rest', async () => {
      const rows = await server.sql('SELECT * FROM auth.client WHERE client_id = $1', [own.clientId]);
      expect(JSON.stringify(rows)).not.toContain(own.secret!);
    });
  });

  describe('jwks_uri', () => {
    let keys: JWK[];
    let asked = 0;
    let type = 'application/json';
    let keyServer: Server;
    let url: string;

    beforeAll(async () => {
      keyServer = createServer((_request, response) => {
        asked += 1;
        response.setHeader('content-type', type).end(JSON.stringify({ keys }));
      });
      url = await listen(keyServer);
    });
    afterAll(() => keyServer.close());

    it('is fetched once for many requests, and again for an unknown kid, but not at once', async () => {
      keys = [key.jwk];
      const remote = await byKey({ jwks_uri: `${url}/one` });
      expect(await send(await sign(claims({}, remote)))).toMatchObject({ status: 200 });
      expect(await send(await sign(claims({}, remote)))).toMatchObject({ status: 200 });
      expect(asked).toBe(1);
      keys = [key.jwk, other.jwk];
      const rotated = () => sign(claims({}, remote), { kid: 'other' }, other.privateKey);
      expect(await send(await rotated())).toMatchObject(refused);
      expect(asked).toBe(1);
      const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
      const assertion = await rotated();
      expect(await send(assertion)).toMatchObject({ status: 200 });
      clock.mockRestore();
      expect(asked).toBe(2);
    });

    it.each([
      ['private keys', async () => (keys = [{ ...key.jwk, d: 'AAAA' }])],
      ['symmetric keys', async () => (keys = [{ kty: 'oct', k: 'AAAA' }])],
      ['another type of content', async () => (type = 'text/html')],
    ])('with %s proves nothing', async (name, change) => {
      await change();
      const remote = await byKey({ jwks_uri: `${url}/${encodeURIComponent(name)}` });
      expect(await send(await sign(claims({}, remote)))).toMatchObject(refused);
    });

    it('that leads to a private address is not fetched (SSRF)', async () => {
      const before = asked;
      const strict = await AuthServer.start();
      const remote = await strict.client({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: url });
      const form = { grant_type: 'client_credentials', client_assertion_type: TYPE };
      const answer = await strict.post('/oauth2/token', {
        ...form,
        client_assertion: await sign(claims({}, remote)),
      });
      expect(answer).toMatchObject(refused);
      expect(asked).toBe(before);
      await strict.stop();
    });
  });

  it('RFC 9126 §2: at the PAR endpoint its own address is an audience, too; elsewhere it is none', async () => {
    const own = await byKey({ jwks: { keys: [key.jwk] } });
    const aud = `${ISSUER}/oauth2/par`;
    const form = { client_assertion_type: TYPE, client_id: own.clientId, response_type: 'code' };
    const pushed = await server.post('/oauth2/par', {
      ...form,
      client_assertion: await sign(claims({ aud }, own)),
    });
    expect(pushed.body.error).not.toBe('invalid_client');
    expect(await send(await sign(claims({ aud }, own)))).toMatchObject(refused);
  });

  describe('openid-client', () => {
    const as = (clientId: string, authentication: oidc.ClientAuth) => {
      const config = new oidc.Configuration(
        { issuer: ISSUER, token_endpoint: `${server.url}/oauth2/token` },
        clientId,
        undefined,
        authentication,
      );
      oidc.allowInsecureRequests(config);
      return oidc.clientCredentialsGrant(config, { scope: 'demo:read' });
    };

    it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('private_key_jwt with %s', async (alg) => {
      const own = await pair(alg, 'k');
      const of = await byKey({ jwks: { keys: [own.jwk] } });
      const tokens = await as(of.clientId, oidc.PrivateKeyJwt({ key: own.privateKey, kid: 'k' }));
      expect(tokens.access_token).toBeDefined();
    });

    it('client_secret_jwt', async () => {
      const of = await server.client({ token_endpoint_auth_method: 'client_secret_jwt' });
      const tokens = await as(of.clientId, oidc.ClientSecretJwt(of.secret));
      expect(tokens.access_token).toBeDefined();
    });
  });

  it('RFC 8414 §2: discovery names methods and algorithms', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    const methods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
    const sorted = (name: string) => [...(body[name] as string[])].sort();
    expect(sorted('token_endpoint_auth_methods_supported')).toEqual([...methods, 'none'].sort());
    expect(sorted('revocation_endpoint_auth_methods_supported')).toEqual([...methods, 'none'].sort());
    expect(sorted('introspection_endpoint_auth_methods_supported')).toEqual([...methods].sort());
    for (const endpoint of ['token', 'introspection', 'revocation']) {
      const algorithms = body[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
      expect(algorithms).toEqual(expect.arrayContaining(['ES256', 'PS256', 'RS256', 'EdDSA', 'HS256']));
      expect(algorithms).not.toContain('none');
    }
  });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

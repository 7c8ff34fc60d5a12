import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type CryptoKey, exportSPKI, importJWK, type JWTPayload } from 'jose';
import { send, startUpstream, type Upstream } from '../gateway/gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { guardedRoute, newIssuerKey, putIssuers, TestIssuer } from '../gateway/token-issuer.js';

const AUDIENCE = 'urn:api';
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('security: access tokens at the gateway', () => {
  let gateway: LoneGateway;
  let upstream: Upstream;
  let issuer: TestIssuer;
  let path: string;

  beforeAll(async () => {
    [gateway, upstream, issuer] = await Promise.all([
      startLoneGateway(),
      startUpstream(),
      TestIssuer.start('RS256'),
    ]);
    await put();
    path = await guardedRoute(gateway, upstream.url, {
      ...{ audience: AUDIENCE, issuers: ['partner'], scopes: ['read'] },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
    await issuer?.stop();
  });

  const put = (more: object = {}) =>
    putIssuers(gateway, { name: 'partner', issuer: issuer.url, typ: 'JWT', ...more });
  const claims = (more: JWTPayload = {}) => ({
    ...{ iss: issuer.url, sub: 'ada', aud: AUDIENCE, scope: 'read', client_id: 'app' },
    ...{ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 300, ...more },
  });
  const token = (more: JWTPayload = {}, header: object = {}, key = issuer.key) =>
    issuer.token(claims(more), { typ: 'JWT', ...header }, key);
  const call = async (value: string) =>
    (await send(gateway.url, { path, headers: { authorization: `Bearer ${value}` } })).status;

  /** A token with a MAC under this secret. */
  function mac(secret: string, header: object = {}): string {
    const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'first', ...header })}.${encode(claims())}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }

  it('the good token is taken, so that the refusals below have their own reasons', async () => {
    expect(await call(await token())).toBe(200);
  });

  it('fast-jwt CVE-2026-34950: HS256 with the public key as secret, with and without white space', async () => {
    const pem = await exportSPKI((await importJWK(issuer.key.jwk, 'RS256')) as CryptoKey);
    const secrets = [pem, `\n${pem}`, ` ${pem}`, pem.trim(), `\t${pem}\n`, JSON.stringify(issuer.key.jwk)];
    for (const secret of [...secrets, issuer.key.jwk.n!]) expect(await call(mac(secret))).toBe(401);
  });

  it('Hono CVE-2026-22817: a key without alg does not let the token choose one', async () => {
    const { alg: _, ...bare } = issuer.key.jwk;
    issuer.published = {
      keys: [bare, { kty: 'oct', kid: 'oct', k: encode('a-secret-of-32-characters-and-more') }],
    };
    await put({ algorithms: ['RS256'] });
    expect(await call(await token())).toBe(200);
    expect(await call(mac(bare.n!))).toBe(401);
    expect(await call(mac('a-secret-of-32-characters-and-more', { kid: 'oct' }))).toBe(401);
    const pss = { ...(await newIssuerKey('first', 'PS256')) };
    expect(await call(await token({}, {}, pss))).toBe(401);
    issuer.published = { keys: [issuer.key.jwk] };
    await put();
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', undefined])('alg %j is refused', async (alg) => {
    const head = encode({ alg, typ: 'JWT', kid: 'first' });
    expect(await call(`${head}.${encode(claims())}.`)).toBe(401);
    expect(await call(`${head}.${encode(claims())}.${(await token()).split('.')[2]}`)).toBe(401);
  });

  it.each([
    ['aud of another API', { aud: 'urn:other' }],
    ['no aud', { aud: undefined }],
    ['aud that only contains ours', { aud: `${AUDIENCE}/more` }],
    ['aud that is no text', { aud: [{ a: AUDIENCE }] as never }],
    ['iss of another issuer', { iss: 'https://other.test' }],
    ['no exp', { exp: undefined }],
    ['exp that is no number', { exp: '9999999999' as never }],
    ['exp in the past', { exp: 1 }],
    ['nbf in the future', { nbf: 4_000_000_000 }],
  ])('APISIX: aud, iss and times are enforced: %s', async (_, changes) => {
    expect(await call(await token(changes))).toBe(401);
  });

  it.each([
    [{ scope: 'other' }],
    [{ scope: undefined }],
    [{ scope: 'reader' }],
    [{ scope: { read: true } as never }],
  ])('APISIX: scopes are enforced: %j', async (changes) => {
    expect(await call(await token(changes))).toBe(403);
  });

  it.each([
    ['a path', '../../../../dev/null'],
    ['SQL', "' UNION SELECT 'key' --"],
    ['a command', '|/bin/true'],
    ['of the prototype', '__proto__'],
  ])('a kid that is %s finds no key', async (_, kid) => {
    expect(await call(mac('', { alg: 'HS256', kid }))).toBe(401);
    expect(await call(await token({}, { kid }))).toBe(401);
  });

  it.each(['jku', 'x5u', 'jwk', 'x5c'])(
    'keys that the token brings in %s are not looked at',
    async (member) => {
      const attacker = await newIssuerKey('first', 'RS256');
      const evil = await TestIssuer.start();
      evil.published = { keys: [attacker.jwk] };
      const brought = { jku: `${evil.url}/jwks`, x5u: `${evil.url}/jwks`, jwk: attacker.jwk, x5c: ['MIIB'] };
      const value = await token({}, { [member]: brought[member as 'jku'] }, attacker);
      expect(await call(value)).toBe(401);
      expect(evil.asked).toEqual([]);
      await evil.stop();
    },
  );

  it('RFC 7515 §4.1.11: crit that nobody understands is refused', async () => {
    const [, body, signature] = (await token()).split('.');
    for (const crit of [['exp2'], [], ['alg'], 'exp']) {
      const head = encode({ alg: 'RS256', typ: 'JWT', kid: 'first', crit, exp2: 1 });
      expect(await call(`${head}.${body}.${signature}`)).toBe(401);
    }
  });

  it.each([
    ['an ID Token', { nonce: 'n' }, {}],
    ['an ID Token of the code flow', { at_hash: 'x' }, {}],
    ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, {}],
    ['a logout token by its typ', {}, { typ: 'logout+jwt' }],
    ['a request object', {}, { typ: 'oauth-authz-req+jwt' }],
    ['a DPoP proof', {}, { typ: 'dpop+jwt' }],
    ['without typ', {}, { typ: undefined }],
  ])('RFC 8725 §3.11: typ confusion: %s is no access token', async (_, changes, header) => {
    expect(await call(await token(changes, header))).toBe(401);
  });

  it('RFC 8725 §2.4: members that come twice are refused', async () => {
    const body = JSON.stringify(claims());
    const twice = `${body.slice(0, -1)},"aud":"${AUDIENCE}"}`;
    const { privateKey } = issuer.key;
    const head = encode({ alg: 'RS256', typ: 'JWT', kid: 'first' });
    const signed = async (text: string) => {
      const input = `${head}.${encode(text)}`;
      const bytes = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey as never, Buffer.from(input));
      return `${input}.${Buffer.from(bytes).toString('base64url')}`;
    };
    expect(await call(await signed(body))).toBe(200);
    expect(await call(await signed(twice))).toBe(401);
  });

  it('APISIX CVE-2026-31923: the certificate of an issuer is always verified', async () => {
    const file = (name: string) => readFileSync(join(process.cwd(), 'test/auth-server/certificates', name));
    const server = https.createServer({ cert: file('server.pem'), key: file('server.key') }, (_, response) =>
      response.end(JSON.stringify(issuer.published)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await put({ jwks_uri: `https://localhost:${port}/jwks` });
    expect(await call(await token({ jti: 'tls' }))).toBe(503);
    server.closeAllConnections();
    server.close();
    await put();
  });
});

import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DpopNonces } from '@gatehouse/token';
import type { JWTPayload } from 'jose';
import { newProofKey, proofOf, type ProofKey } from '../auth-server/dpop-proofs.js';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { TEST_SECRET } from '../support/app.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { putIssuers, TestIssuer } from './token-issuer.js';

const CERTIFICATES = join(process.cwd(), 'test/auth-server/certificates');
const x509 = (name: string) => new X509Certificate(readFileSync(join(CERTIFICATES, `${name}.pem`)));
const thumbprint = (name: string) => createHash('sha256').update(x509(name).raw).digest('base64url');

describe('what a route asks of a token', () => {
  let gateway: LoneGateway;
  let issuer: TestIssuer;
  let upstream: Upstream;
  let audience: string;
  let routes = 0;

  beforeAll(async () => {
    const settings = { GATEHOUSE_CLIENT_CERT_HEADER: 'client-cert', GATEHOUSE_TRUST_PROXY: '127.0.0.1' };
    [gateway, issuer, upstream] = await Promise.all([
      startLoneGateway(settings),
      TestIssuer.start(),
      startUpstream(),
    ]);
    const other = { name: 'other', issuer: 'https://other.test' };
    await putIssuers(gateway, { name: 'partner', issuer: issuer.url }, other);
    audience = `${gateway.url}/api`;
  });
  afterAll(async () => {
    await gateway?.stop();
    await issuer?.stop();
    await upstream?.stop();
  });

  /** @returns the path of a route whose guard says this */
  async function guarded(guard: object = {}): Promise<string> {
    const path = `/r${++routes}`;
    await gateway.addRoute({
      name: path.slice(1),
      match: { paths: [path] },
      upstream: { url: upstream.url },
      guards: [{ type: 'access_token', audience, issuers: ['partner'], ...guard }],
    });
    return path;
  }

  const token = (claims: JWTPayload = {}) => issuer.token({ aud: audience, ...claims });

  async function call(path: string, authorization?: string, headers: Record<string, string> = {}) {
    const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
    const answer = await send(gateway.url, { path, headers: sent });
    const challenge = String(answer.headers['www-authenticate'] ?? '');
    return { status: answer.status, challenge, headers: answer.headers, text: answer.text };
  }

  const withToken = async (path: string, claims: JWTPayload = {}) =>
    call(path, `Bearer ${await token(claims)}`);

  /** The answers without and with a setting, to the same token. */
  async function flipped(guard: object, claims: JWTPayload = {}) {
    const value = `Bearer ${await token(claims)}`;
    const [without, set] = [await guarded(), await guarded(guard)];
    expect((await call(without, value)).status).toBe(200);
    return call(set, value);
  }

  it('issuers: only those that are named; the auth-server alone where none is', async () => {
    const open = await guarded();
    const closed = await guarded({ issuers: undefined });
    const value = `Bearer ${await token()}`;
    expect((await call(open, value)).status).toBe(200);
    // Remembered by now, and still not taken elsewhere.
    expect(await call(closed, value)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
    expect((await call(await guarded({ issuers: ['other'] }), value)).status).toBe(401);
  });

  it('the upstream is told who says who calls, and gets no token', async () => {
    const { text } = await call(await guarded(), `Bearer ${await token({ scope: 'a b' })}`, {
      dpop: 'x',
      'x-gatehouse-issuer': 'gatehouse',
    });
    const { headers } = JSON.parse(text) as Echo;
    expect(headers).toMatchObject({
      'x-gatehouse-issuer': 'partner',
      'x-gatehouse-subject': 'ada',
      'x-gatehouse-client': 'app',
      'x-gatehouse-scope': 'a b',
    });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('dpop');
  });

  it('audience: one of those that are listed', async () => {
    const refused = await flipped({ audience: 'https://other.test' });
    expect(refused).toMatchObject({ status: 401, challenge: expect.stringContaining('invalid_token') });
    expect((await withToken(await guarded({ audience: ['https://other.test', audience] }))).status).toBe(200);
    expect((await withToken(await guarded(), { aud: ['x', audience] })).status).toBe(200);
    expect((await withToken(await guarded(), { aud: undefined })).status).toBe(401);
  });

  it('scopes: all of them', async () => {
    const refused = await flipped({ scopes: ['a', 'b'] }, { scope: 'a c' });
    expect(refused.status).toBe(403);
    expect(refused.challenge).toContain('error="insufficient_scope"');
    expect(refused.challenge).toContain('scope="a b"');
    expect((await withToken(await guarded({ scopes: ['a', 'b'] }), { scope: 'b a' })).status).toBe(200);
  });

  it('any_scope: one of them', async () => {
    const refused = await flipped({ any_scope: ['a', 'b'] }, { scope: 'c' });
    expect([refused.status, refused.challenge]).toEqual([403, expect.stringContaining('scope="a b"')]);
    expect((await withToken(await guarded({ any_scope: ['a', 'b'] }), { scope: 'c b' })).status).toBe(200);
  });

  it('roles: one of them', async () => {
    expect((await flipped({ roles: ['admin', 'editor'] }, { roles: ['reader'] })).status).toBe(403);
    expect((await withToken(await guarded({ roles: ['editor'] }), { roles: ['x', 'editor'] })).status).toBe(
      200,
    );
    expect((await withToken(await guarded({ roles: ['editor'] }), { roles: 'editor' })).status).toBe(200);
  });

  it.each([
    ['claims.level >= 3', { level: 3 }, { level: 2 }],
    ['claims.org == "a" || "x" in claims.groups', { org: 'b', groups: ['x'] }, { org: 'b', groups: [] }],
    ['claims.address.country == "NL"', { address: { country: 'NL' } }, {}],
    ['claims.groups.exists(g, g.startsWith("eu-"))', { groups: ['eu-1'] }, { groups: 'eu-1' }],
    ['has(claims.staff) && claims.staff', { staff: true }, { staff: 'yes' }],
  ])('claims: %s', async (claims, good, bad) => {
    const refused = await flipped({ claims }, bad);
    expect([refused.status, refused.challenge]).toEqual([403, expect.stringContaining('insufficient_scope')]);
    expect((await withToken(await guarded({ claims }), good)).status).toBe(200);
  });

  it.each([
    ['broken', 'claims.'],
    ['about something else', 'nobody == 1'],
    ['no condition', '1 + 1'],
    ['a backtracking expression', 'claims.a.matches("(a+)+$")'],
    ['a growing list', 'claims.a.map(x, x + x).size() > 1'],
    ['a loop in a loop', 'claims.a.all(x, claims.a.all(y, x == y))'],
    ['too large', `claims.a${' && claims.a'.repeat(80)}`],
    ['too long', `claims.a == "${'x'.repeat(2_000)}"`],
  ])('claims: what is %s is refused when the route is written', async (_, claims) => {
    await expect(guarded({ claims })).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/guards/0/claims', detail: expect.any(String) as string }],
    });
  });

  it('acr_values: RFC 9470 §3: a challenge that says which', async () => {
    const refused = await flipped({ acr_values: ['urn:2', 'urn:3'] }, { acr: 'urn:1' });
    expect(refused.status).toBe(401);
    expect(refused.challenge).toContain('error="insufficient_user_authentication"');
    expect(refused.challenge).toContain('acr_values="urn:2 urn:3"');
    expect((await withToken(await guarded({ acr_values: ['urn:2'] }), { acr: 'urn:2' })).status).toBe(200);
    expect((await withToken(await guarded({ acr_values: ['urn:2'] }))).status).toBe(401);
  });

  it('max_age: RFC 9470 §3: a challenge that says how long', async () => {
    const ago = (seconds: number) => ({ auth_time: Math.floor(Date.now() / 1000) - seconds });
    const refused = await flipped({ max_age: 60 }, ago(100));
    expect(refused.status).toBe(401);
    expect(refused.challenge).toContain('error="insufficient_user_authentication"');
    expect(refused.challenge).toContain('max_age="60"');
    expect((await withToken(await guarded({ max_age: 60 }), ago(30))).status).toBe(200);
    expect((await withToken(await guarded({ max_age: 60 }))).status).toBe(401);
  });

  it('authorization_details: an element of the type with all that is listed (RFC 9396)', async () => {
    const needed = [{ type: 'payment', actions: ['read', 'pay'], locations: ['https://bank.test'] }];
    const granted = (more: object) => ({
      authorization_details: [
        { type: 'other' },
        { type: 'payment', locations: ['https://bank.test'], ...more },
      ],
    });
    const refused = await flipped({ authorization_details: needed }, granted({ actions: ['read'] }));
    expect([refused.status, refused.challenge]).toEqual([403, expect.stringContaining('insufficient_scope')]);
    const path = await guarded({ authorization_details: needed });
    expect((await withToken(path, granted({ actions: ['pay', 'read', 'x'] }))).status).toBe(200);
    expect((await withToken(path, granted({}))).status).toBe(403);
    expect((await withToken(path, granted({ actions: 'read pay' }))).status).toBe(403);
    expect((await withToken(path)).status).toBe(403);
  });

  describe('DPoP (RFC 9449)', () => {
    let key: ProofKey;
    let bound: string;
    let path: string;
    beforeAll(async () => {
      key = await newProofKey();
      bound = await token({ cnf: { jkt: key.jkt } });
      path = await guarded();
    });

    const proof = (claims: Record<string, unknown> = {}, signer = key, used = bound) =>
      proofOf(signer, {
        claims: {
          htm: 'GET',
          htu: gateway.url + path,
          ath: createHash('sha256').update(used).digest('base64url'),
          ...claims,
        },
      });
    const prove = async (claims: Record<string, unknown> = {}, signer = key) =>
      call(path, `DPoP ${bound}`, { dpop: await proof(claims, signer) });

    it('a bound token is taken with its proof, once', async () => {
      const dpop = await proof();
      expect((await call(path, `DPoP ${bound}`, { dpop })).status).toBe(200);
      const again = await call(path, `DPoP ${bound}`, { dpop });
      expect([again.status, again.challenge]).toEqual([401, expect.stringContaining('invalid_dpop_proof')]);
      expect(again.challenge).toMatch(/^DPoP .*algs="ES256/);
    });

    it('of many calls with one proof, one is let through', async () => {
      const dpop = await proof();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => call(path, `DPoP ${bound}`, { dpop })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    /** @returns the path of a route with these guards */
    async function composed(...guards: object[]): Promise<string> {
      const to = `/r${++routes}`;
      await gateway.addRoute({
        name: to.slice(1),
        match: { paths: [to] },
        upstream: { url: upstream.url },
        guards,
      });
      return to;
    }

    it('any_of: a guard that takes the proof and refuses leaves it to the next one of the same call', async () => {
      const guard = { type: 'access_token', audience, issuers: ['partner'] };
      const to = await composed({ any_of: [{ all_of: [guard, { type: 'consumer' }] }, guard] });
      const dpop = await proof({ htu: gateway.url + to });
      expect((await call(to, `DPoP ${bound}`, { dpop })).status).toBe(200);
      expect((await call(to, `DPoP ${bound}`, { dpop })).status).toBe(401);
    });

    it('any_of: the nonce of a guard that refused is not told beside the answer of another', async () => {
      const guard = { type: 'access_token', audience, issuers: ['partner'], dpop_nonce: true };
      const ageing = new DpopNonces(TEST_SECRET).current(Date.now() - 60_000);
      const nonceTold = async (to: string) => {
        const dpop = await proof({ htu: gateway.url + to, nonce: ageing });
        const { status, headers } = await call(to, `DPoP ${bound}`, { dpop });
        return [status, headers['dpop-nonce']];
      };
      expect(await nonceTold(await composed(guard))).toEqual([200, expect.any(String)]);
      const refusing = { all_of: [guard, { type: 'consumer' }] };
      const other = { type: 'ip', allow: ['127.0.0.1'] };
      expect(await nonceTold(await composed({ any_of: [refusing, other] }))).toEqual([200, undefined]);
    });

    it('§7.2: a bound token sent as Bearer is refused, with and without a proof', async () => {
      expect((await call(path, `Bearer ${bound}`)).status).toBe(401);
      expect((await call(path, `Bearer ${bound}`, { dpop: await proof() })).status).toBe(401);
    });

    it('a token that is not bound is not taken as DPoP', async () => {
      const loose = await token();
      const dpop = await proof({}, key, loose);
      expect((await call(path, `DPoP ${loose}`, { dpop })).status).toBe(401);
    });

    it.each([
      ['htm', { htm: 'POST' }],
      ['htu', { htu: 'https://elsewhere.test/' }],
      ['ath', { ath: createHash('sha256').update('another').digest('base64url') }],
      ['ath', { ath: undefined }],
      ['iat', { iat: 1 }],
      ['jti', { jti: undefined }],
    ])('a proof with a wrong %s is refused', async (_, claims) => {
      expect(await prove(claims)).toMatchObject({
        status: 401,
        challenge: expect.stringContaining('error="invalid_dpop_proof"'),
      });
    });

    it('a proof of another key is refused', async () => {
      expect((await prove({}, await newProofKey())).status).toBe(401);
    });

    it('§11.1: a proof for the host of an attacker is of no use with its Host header', async () => {
      const headers = { dpop: await proof({ htu: `http://evil.test${path}` }), host: 'evil.test' };
      expect((await call(path, `DPoP ${bound}`, headers)).status).toBe(401);
    });

    it('dpop: required takes bound tokens only, and says so', async () => {
      const refused = await flipped({ dpop: 'required' });
      expect([refused.status, refused.challenge]).toEqual([
        401,
        expect.stringMatching(/^DPoP .*invalid_token/),
      ]);
      expect((await call(await guarded({ dpop: 'required' }))).challenge).toMatch(/^DPoP .*algs=/);
    });

    it('dpop_nonce: §9: a proof needs the nonce that a refusal gives', async () => {
      const before = path;
      path = await guarded({ dpop_nonce: true });
      const refused = await prove();
      expect([refused.status, refused.challenge]).toEqual([401, expect.stringContaining('use_dpop_nonce')]);
      expect((await prove({ nonce: refused.headers['dpop-nonce'] })).status).toBe(200);
      expect((await prove({ nonce: 'made-up' })).status).toBe(401);
      path = before;
    });
  });

  describe('certificate-bound tokens (RFC 8705)', () => {
    const presented = (name: string) => ({ 'client-cert': `:${x509(name).raw.toString('base64')}:` });
    const bound = (name: string) => token({ cnf: { 'x5t#S256': thumbprint(name) } });

    it('are taken with their certificate only, which is not passed on', async () => {
      const path = await guarded();
      const value = `Bearer ${await bound('client')}`;
      const taken = await call(path, value, presented('client'));
      expect(taken.status).toBe(200);
      expect((JSON.parse(taken.text) as Echo).headers).not.toHaveProperty('client-cert');
      expect((await call(path, value, presented('self-signed'))).status).toBe(401);
      expect((await call(path, value)).status).toBe(401);
      expect((await call(path, value, { 'client-cert': 'nonsense' })).status).toBe(400);
    });

    it('mtls_bound takes no others', async () => {
      expect((await flipped({ mtls_bound: true })).status).toBe(401);
      const path = await guarded({ mtls_bound: true });
      expect((await call(path, `Bearer ${await token()}`, presented('client'))).status).toBe(401);
      expect((await call(path, `Bearer ${await bound('client')}`, presented('client'))).status).toBe(200);
    });
  });

  it.each([[{ kid: 'x' }], [{}], ['x'], [null], [{ jkt: 1 }], [{ 'x5t#S256': 1 }]])(
    'RFC 7800 §3.1: a token bound by %j, which nobody understands, is refused',
    async (cnf) => {
      expect((await withToken(await guarded(), { cnf })).status).toBe(401);
    },
  );

  it('RFC 6750 §2: a token in the query does not count, and none is taken beside one', async () => {
    const path = await guarded();
    const value = await token();
    expect((await call(`${path}?access_token=${value}`)).status).toBe(401);
    for (const name of ['access_token', 'access%5Ftoken']) {
      const both = await call(`${path}?a=1&${name}=${value}`, `Bearer ${value}`);
      expect([both.status, both.challenge]).toEqual([400, expect.stringContaining('invalid_request')]);
    }
    expect((await call(`${path}?access=1&x=%20`, `Bearer ${value}`)).status).toBe(200);
  });

  it('RFC 9728 §2: the metadata of an API say what its guards ask for', async () => {
    const resource = `${gateway.url}/told`;
    await guarded({
      audience: ['urn:told', resource],
      issuers: ['gatehouse', 'partner'],
      scopes: ['b'],
      any_scope: ['a'],
      dpop: 'required',
      mtls_bound: true,
      authorization_details: [{ type: 'payment' }],
      resource_name: 'Told',
      resource_documentation: 'https://docs.test/told',
    });
    const answer = await send(gateway.url, { path: '/.well-known/oauth-protected-resource/told' });
    expect(JSON.parse(answer.text)).toEqual({
      resource,
      authorization_servers: ['http://127.0.0.1:1', issuer.url],
      scopes_supported: ['a', 'b'],
      bearer_methods_supported: ['header'],
      resource_name: 'Told',
      resource_documentation: 'https://docs.test/told',
      authorization_details_types_supported: ['payment'],
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) as string[],
      tls_client_certificate_bound_access_tokens: true,
    });
    const { challenge } = await call(`/r${routes}`);
    expect(challenge).toContain(
      `resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/told"`,
    );
  });
});

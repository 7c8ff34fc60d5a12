import type { webcrypto } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { basic, type GatewayUnderTest, send, startGateway, startUpstream, type Upstream } from './gateway.js';

describe('access tokens at the gateway', () => {
  let gateway: GatewayUnderTest;
  let upstream: Upstream;
  let good: string;

  beforeAll(async () => {
    [gateway, upstream] = await Promise.all([startGateway(), startUpstream((_, answer) => answer.end('ok'))]);
    const { audience } = gateway.demo.api;
    const guarded = (name: string, guard: object) =>
      gateway.addRoute({
        name,
        match: { paths: [`/${name}`] },
        upstream: { url: upstream.url },
        guards: [{ type: 'access_token', ...guard }],
      });
    await guarded('read', { audience, scopes: ['demo:read'] });
    await guarded('both', { audience, scopes: ['demo:read', 'demo:write'] });
    await guarded('prefix', { audience: audience.slice(0, -1) });
    await guarded('longer', { audience: `${audience}/more` });
    good = await gateway.token(gateway.demo.client, 'demo:read');
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  async function call(token: string | undefined, path = '/read') {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await send(gateway.url, { path, headers });
    return { status: answer.status, challenge: answer.headers['www-authenticate'] ?? '' };
  }

  async function expectInvalid(token: string, path?: string) {
    expect(await call(token, path)).toEqual({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
  }

  const claims = () =>
    JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
  const header = () =>
    JSON.parse(Buffer.from(good.split('.')[0]!, 'base64url').toString()) as { alg: string; kid: string };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('a good token opens the route', async () => {
    expect((await call(good)).status).toBe(200);
    expect((await call(good)).status).toBe(200);
  });

  it('RFC 6750 §3.1: no token: a challenge without an error, naming the scope', async () => {
    expect(await call(undefined)).toEqual({
      status: 401,
      challenge: `Bearer realm="gatehouse", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/demo", scope="demo:read"`,
    });
  });

  it('RFC 6750 §3.1: a missing scope: 403 insufficient_scope with the scopes that are needed', async () => {
    const { status, challenge } = await call(good, '/both');
    expect(status).toBe(403);
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="demo:read demo:write"');
  });

  it('an audience that is a prefix of the token’s, or longer, is another audience', async () => {
    await expectInvalid(good, '/prefix');
    await expectInvalid(good, '/longer');
  });

  it('RFC 8725 §3.1: alg none is refused', async () => {
    await expectInvalid(new UnsecuredJWT(claims()).encode());
    await expectInvalid(`${encode({ ...header(), alg: 'none' })}.${good.split('.')[1]}.`);
  });

  it('RFC 8725 §2.1: HS256 with the public key is refused', async () => {
    const jwks = (await (await fetch(`${gateway.gatehouse.issuer}/jwks`)).json()) as {
      keys: Record<string, string>[];
    };
    for (const key of jwks.keys) {
      for (const secret of [JSON.stringify(key), JSON.stringify(jwks), key.x ?? key.n ?? '']) {
        const token = await new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: key.kid ?? '' })
          .sign(Buffer.from(secret.padEnd(32, '0')));
        await expectInvalid(token);
      }
    }
  });

  it.each([
    ['of a key of the attacker’s', {}],
    ['with the key inside (jwk)', { jwk: true }],
    ['with a jku', { jku: 'http://127.0.0.1:1/jwks' }],
    ['with an x5u', { x5u: 'http://127.0.0.1:1/cert' }],
    ['with a kid that is a path', { kid: '../../../../dev/null' }],
    ['with a kid that is SQL', { kid: "' UNION SELECT 'a' --" }],
    ['with a critical header nobody knows', { crit: ['exp2'], exp2: 1 }],
  ])('a token %s is refused', async (_, extra) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    expect(createLocalJWKSet({ keys: [jwk] })).toBeDefined();
    const { jwk: embed, ...rest } = extra as Record<string, unknown>;
    const protectedHeader = {
      alg: 'ES256',
      typ: 'at+jwt',
      kid: header().kid,
      ...rest,
      ...(embed ? { jwk } : {}),
    };
    const input = `${encode(protectedHeader)}.${encode(claims())}`;
    const key = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      privateKey as webcrypto.CryptoKey,
      Buffer.from(input),
    );
    await expectInvalid(`${input}.${Buffer.from(key).toString('base64url')}`);
  });

  it('a changed token is refused, even when the good one is remembered', async () => {
    const [head, body, signature] = good.split('.') as [string, string, string];
    await expectInvalid(
      `${head}.${encode({ ...claims(), scope: 'demo:read demo:write' })}.${signature}`,
      '/both',
    );
    await expectInvalid(`${head}.${body}.${signature.slice(0, -2)}AA`);
    await expectInvalid(`${head}.${body}`);
    await expectInvalid(`${head}.${body}.`);
    expect((await call(`${good}=`)).status).toBe(401);
  });

  it('typ confusion: an ID token or another JWT of the issuer is no access token', async () => {
    const { status } = await call(
      `${encode({ ...header(), typ: 'JWT' })}.${good.split('.')[1]}.${good.split('.')[2]}`,
    );
    expect(status).toBe(401);
  });

  it('an expired token is refused, also when it is remembered', async () => {
    const registered = await fetch(`${gateway.gatehouse.issuer}/admin/v1/clients`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await gateway.token(gateway.demo.admin, 'admin')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        grant_types: ['client_credentials'],
        scope: 'demo:read',
        access_token_lifetime: 2,
      }),
    });
    const brief = await gateway.token(
      (await registered.json()) as { client_id: string; client_secret: string },
      'demo:read',
    );
    expect((await call(brief)).status).toBe(200);
    await sleep(2_100);
    await expectInvalid(brief);
  });

  it('RFC 6750 §2: only the Authorization header is read', async () => {
    expect((await send(gateway.url, { path: `/read?access_token=${good}` })).status).toBe(401);
    const body = `access_token=${good}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send(gateway.url, { path: '/read', method: 'POST', headers, body })).status).toBe(401);
  });

  describe('revocation', () => {
    async function revoke(token: string): Promise<void> {
      const answer = await fetch(`${gateway.gatehouse.issuer}/oauth2/revoke`, {
        method: 'POST',
        headers: { authorization: basic(gateway.demo.client) },
        body: new URLSearchParams({ token }),
      });
      expect(answer.status).toBe(200);
    }

    it('a revoked token is refused within 1 s, another one of the same client is not', async () => {
      const [revoked, other] = await Promise.all(
        [1, 2].map(() => gateway.token(gateway.demo.client, 'demo:read')),
      );
      expect((await call(revoked)).status).toBe(200);
      await revoke(revoked!);
      await sleep(1_000);
      await expectInvalid(revoked!);
      expect((await call(other)).status).toBe(200);
    });

    it('is known to a gateway that starts later, before it is ready', async () => {
      const revoked = await gateway.token(gateway.demo.client, 'demo:read');
      await revoke(revoked);
      await gateway.gatehouse.restart('gateway');
      await expectInvalid(revoked);
    });

    it('while the auth-server hangs the gateway fails closed, and comes back by itself', async () => {
      const { pid } = gateway.gatehouse.apps['auth-server'];
      expect((await call(good)).status).toBe(200);
      process.kill(pid, 'SIGSTOP');
      try {
        await sleep(1_500);
        expect((await call(good)).status).toBe(503);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const deadline = Date.now() + 6_000;
      while ((await call(good)).status !== 200 && Date.now() < deadline) await sleep(100);
      expect((await call(good)).status).toBe(200);
    });

    it('while the auth-server is away nothing is taken on trust; its restart is noticed', async () => {
      const revoked = await gateway.token(gateway.demo.client, 'demo:read');
      expect((await call(revoked)).status).toBe(200);
      await gateway.gatehouse.apps['auth-server'].stop();
      await sleep(1_200);
      expect((await call(revoked)).status).toBe(503);
      await gateway.gatehouse.restart('auth-server');
      await revoke(revoked);
      await sleep(1_000);
      await expectInvalid(revoked);
      expect((await call(good)).status).toBe(200);
    });
  });
});

import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { KeysService } from '../../apps/auth-server/src/keys/keys.service.js';
import { SigningKeys } from '../../apps/auth-server/src/keys/signing-keys.service.js';
import { AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from './auth-server.js';

const PATH = '/admin/v1/keys';
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
const DAY = 86_400;

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
  readonly signs_from: string;
}

describe('signing keys', () => {
  let server: AuthServer;
  let replica: AuthServer;
  let admin: string;
  let client: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    replica = await AuthServer.start({}, server.database);
    admin = await server.tokenWith('admin');
    client = await server.client();
  });
  afterAll(async () => {
    await replica.close();
    await server.stop();
  });

  const list = async () => (await server.call(admin, PATH)).body.keys as Key[];
  const jwks = async (of = server) =>
    ((await of.fetch('/jwks')).body.keys as (Key & { use: string })[]).filter(({ use }) => use === 'sig');
  const kids = async (of = server) => (await jwks(of)).map(({ kid }) => kid);
  const signing = async (alg: string) =>
    (await list()).find((key) => key.alg === alg && key.state === 'signing')!;
  const accessToken = async (of = server) => {
    const form = { grant_type: 'client_credentials', scope: 'demo:read' };
    return (await of.post('/oauth2/token', form, client)).body.access_token as string;
  };
  /** As if this much time had passed since the keys of an algorithm were made. */
  const age = (alg: string, seconds: number) =>
    server.sql(
      `UPDATE auth.signing_key SET active_at = active_at - make_interval(secs => $2) WHERE alg = $1`,
      [alg, seconds],
    );
  const look = () => Promise.all([server, replica].map((one) => one.get(KeysService).look()));

  it('OpenID Connect Discovery §3: there is a key for each algorithm that discovery names', async () => {
    const { body } = await server.fetch('/.well-known/openid-configuration');
    expect(body.id_token_signing_alg_values_supported).toEqual([...ALGORITHMS]);
    expect((await jwks()).map(({ alg }) => alg).sort()).toEqual([...ALGORITHMS].sort());
  });

  it('RFC 7517 §4, §9.2: each key has kid, alg and use, and nothing private', async () => {
    for (const key of await jwks()) {
      expect(key).toMatchObject({ kid: expect.any(String) as string, use: 'sig' });
      for (const member of ['d', 'p', 'q', 'k']) expect(key).not.toHaveProperty(member);
    }
    expect(JSON.stringify(await list())).not.toMatch(/"d"|sealed|private/i);
  });

  it.each(ALGORITHMS)(
    'ID Tokens signed with %s, and at_hash by its hash (OpenID Connect Core §3.1.3.6)',
    async (alg) => {
      const own = await server.client({ id_token_signed_response_alg: alg });
      const tokens = await server.tokens(own);
      const keys = createLocalJWKSet({ keys: (await jwks()) as never });
      await jwtVerify(tokens.id_token!, keys, { issuer: ISSUER, audience: own.clientId, algorithms: [alg] });
      const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
        .update(tokens.access_token!)
        .digest();
      expect(claimsOf(tokens.id_token).at_hash).toBe(
        digest.subarray(0, digest.length / 2).toString('base64url'),
      );
    },
  );

  it('the keys belong to administrators', async () => {
    const other = await server.tokenWith('introspect');
    for (const [path, method] of [
      [PATH, 'GET'],
      [`${PATH}/rotate`, 'POST'],
      [`${PATH}/x/revoke`, 'POST'],
    ] as const) {
      expect((await server.call(undefined, path, method)).status).toBe(401);
      expect((await server.call(other, path, method)).status).toBe(401);
    }
  });

  it('replicas that start at once on an empty table agree on one key for each algorithm', async () => {
    await server.sql('DELETE FROM auth.signing_key');
    await Promise.all(
      [server, replica].flatMap((one) => [1, 2, 3].map(() => one.get(SigningKeys).maintain())),
    );
    await look();
    expect(await kids()).toHaveLength(ALGORITHMS.length);
    expect(await kids(replica)).toEqual(await kids());
    admin = await server.tokenWith('admin');
  });

  it('rotates at once, without a restart: the new key is published before it signs, and the old one still verifies', async () => {
    const before = await accessToken();
    const old = await signing('ES256');
    const { status, body } = await server.call(admin, `${PATH}/rotate`, 'POST', { alg: 'ES256' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ alg: 'ES256', state: 'next' });
    const fresh = body.kid as string;
    expect(await kids()).toContain(fresh);
    expect(headerOf(await accessToken()).kid).toBe(old.kid);
    await age('ES256', 10);
    await look();
    const tokens = [await accessToken(), await accessToken(replica)];
    expect(tokens.map((token) => headerOf(token).kid)).toEqual([fresh, fresh]);
    expect((await list()).find(({ kid }) => kid === old.kid)?.state).toBe('retired');
    for (const token of [before, ...tokens]) {
      expect(await server.isActive(client, token)).toBe(true);
      expect(await replica.isActive(client, token)).toBe(true);
    }
  });

  it('a replica that has not read a new key yet looks for it when it meets a token of it', async () => {
    await server.call(admin, `${PATH}/rotate`, 'POST', { alg: 'ES256' });
    await age('ES256', 10);
    await server.get(KeysService).look();
    expect(await replica.isActive(client, await accessToken())).toBe(true);
  });

  it('rotates by schedule: the next key is published a day ahead, and signs when its time comes', async () => {
    const old = await signing('RS256');
    await age('RS256', 88 * DAY);
    expect(await server.get(SigningKeys).maintain()).toEqual([]);
    await age('RS256', DAY + 60);
    const made = await Promise.all([server, replica].map((one) => one.get(SigningKeys).maintain()));
    expect(made.flat()).toEqual(['RS256']);
    await look();
    const next = (await list()).find((key) => key.alg === 'RS256' && key.state === 'next')!;
    const ahead = (Date.parse(next.signs_from) - Date.now()) / 1000;
    expect(ahead).toBeGreaterThan(DAY - 120);
    expect(ahead).toBeLessThan(DAY + 60);
    expect(await kids(replica)).toEqual(expect.arrayContaining([old.kid, next.kid]));
    expect((await signing('RS256')).kid).toBe(old.kid);
    await age('RS256', DAY + 60);
    await look();
    expect((await signing('RS256')).kid).toBe(next.kid);
    const own = await server.client();
    expect(headerOf((await server.tokens(own)).id_token).kid).toBe(next.kid);
  });

  it('a key is removed when all that it signed has ended', async () => {
    const retired = (await list()).find((key) => key.alg === 'RS256' && key.state === 'retired')!;
    await age('RS256', DAY);
    await server.get(SigningKeys).maintain();
    expect((await list()).map(({ kid }) => kid)).toContain(retired.kid);
    await age('RS256', DAY + 60);
    await server.get(SigningKeys).maintain();
    expect((await list()).map(({ kid }) => kid)).not.toContain(retired.kid);
    await look();
    expect(await kids(replica)).not.toContain(retired.kid);
  });

  it('a revoked key vanishes at once, with all that it signed, and another one signs', async () => {
    const stolen = await signing('ES256');
    const token = await accessToken();
    admin = await server.tokenWith('admin');
    const revoked = await server.call(admin, `${PATH}/${stolen.kid}/revoke`, 'POST');
    expect(revoked.status).toBe(204);
    expect(await kids()).not.toContain(stolen.kid);
    await replica.get(KeysService).look();
    expect(await kids(replica)).not.toContain(stolen.kid);
    expect((await server.call(admin, PATH)).status).toBe(401);
    admin = await server.tokenWith('admin');
    for (const one of [server, replica]) {
      expect(await one.isActive(client, token)).toBe(false);
      const fresh = await accessToken(one);
      expect(headerOf(fresh).kid).toBe((await signing('ES256')).kid);
      expect(await server.isActive(client, fresh)).toBe(true);
    }
    const [entry] = await server.sql<{ before: Date }>(
      "SELECT before FROM auth.revocation WHERE kind = 'key' AND value = $1",
      [stolen.kid],
    );
    // Whoever has the key writes an iat of their choice.
    expect(entry!.before.getTime()).toBeGreaterThan(Date.now() + 50 * 365 * DAY * 1000);
  });

  it.each([[{ alg: 'HS256' }], [{ alg: 'none' }], [{}]])('%j cannot be rotated', async (body) => {
    const answer = await server.call(admin, `${PATH}/rotate`, 'POST', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/alg' }] } });
  });

  it('an unknown kid cannot be revoked', async () => {
    expect((await server.call(admin, `${PATH}/nobody/revoke`, 'POST')).status).toBe(404);
  });
});

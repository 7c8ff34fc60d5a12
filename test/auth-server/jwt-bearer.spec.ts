import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { AuthServer, API, claimsOf, ISSUER, type TestClient } from './auth-server.js';
import { newUser } from './people.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const PATH = '/admin/v1/trusted-issuers';
const now = () => Math.floor(Date.now() / 1000);

describe('JWT bearer grant (RFC 7523 §2.1)', () => {
  let server: AuthServer;
  let admin: string;
  let client: TestClient;
  let privateKey: CryptoKey;
  let jwk: JWK;
  let issuers = 0;
  let jti = 0;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' });
    admin = await server.tokenWith('admin');
    client = await server.client({
      grant_types: [GRANT],
      redirect_uris: [],
      scope: 'openid demo:read demo:write',
    });
    const pair = await generateKeyPair('ES256', { extractable: true });
    privateKey = pair.privateKey;
    jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k' };
  });
  afterAll(() => server.stop());

  async function trust(members: object = {}) {
    const issuer = `https://issuer-${(issuers += 1)}.test`;
    const body = { issuer, jwks: { keys: [jwk] }, scope: 'demo:read', ...members };
    const answer = await server.call(admin, PATH, 'POST', body);
    expect(answer.status).toBe(201);
    return { issuer, id: answer.body.id as string };
  }
  const sign = (claims: JWTPayload, header: object = {}, key: CryptoKey | Uint8Array = privateKey) =>
    new SignJWT({ aud: ISSUER, sub: 'somebody', jti: `j${(jti += 1)}`, exp: now() + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', ...header })
      .sign(key);
  const send = (assertion: string | undefined, more: Record<string, string> = {}, as = client) =>
    server.post('/oauth2/token', { grant_type: GRANT, assertion, ...more }, as);
  const refused = { status: 400, body: { error: 'invalid_grant' } };

  it('an access token for a subject that only the issuer knows, and no refresh token (RFC 7521 §4.1)', async () => {
    const { issuer } = await trust();
    const { status, body } = await send(await sign({ iss: issuer }));
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'demo:read' });
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty('id_token');
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: `${issuer}|somebody`,
      client_id: client.clientId,
      aud: API,
    });
  });

  it.each(['username', 'user_id'])('a user of this server, by %s', async (mapping) => {
    const { issuer } = await trust({ subject_mapping: mapping });
    const user = await newUser(server);
    const sub = mapping === 'username' ? user.username : user.id;
    const { body } = await send(await sign({ iss: issuer, sub }));
    expect(claimsOf(body.access_token).sub).toBe(user.id);
    expect(await send(await sign({ iss: issuer, sub: 'nobody' }))).toMatchObject(refused);
  });

  it.each<[string, () => JWTPayload]>([
    ['§3 (1): an issuer that is not trusted', () => ({ iss: 'https://attacker.test' })],
    ['§3 (1): no iss', () => ({ iss: undefined })],
    ['§3 (1): this server itself', () => ({ iss: ISSUER })],
    ['§3 (2): no sub', () => ({ sub: undefined })],
    ['§3 (3): no aud', () => ({ aud: undefined })],
    ['§3 (3): another aud', () => ({ aud: 'https://other.test' })],
    ['§3 (3): another server beside this one', () => ({ aud: [ISSUER, 'https://other.test'] })],
    ['§3 (4): no exp', () => ({ exp: undefined })],
    ['§3 (4): expired', () => ({ exp: now() - 30 })],
    ['§3 (4): an exp unreasonably far off', () => ({ exp: now() + 86_400 })],
    ['§3 (5): not yet valid', () => ({ nbf: now() + 60 })],
    ['§3 (6): issued in the future', () => ({ iat: now() + 60 })],
    ['no jti', () => ({ jti: undefined })],
  ])('RFC 7523 %s is invalid_grant', async (_name, changes) => {
    const { issuer } = await trust();
    expect(await send(await sign({ iss: issuer, ...changes() }))).toMatchObject(refused);
  });

  it('RFC 7523 §3 (7): an assertion is good for one use', async () => {
    const { issuer } = await trust();
    const assertion = await sign({ iss: issuer });
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(assertion)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(400)]);
  });

  it('RFC 7523 §3 (9): another signature, alg none, HS256 with the public key, another typ are refused', async () => {
    const { issuer } = await trust();
    const other = await generateKeyPair('ES256');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: issuer, aud: ISSUER, sub: 'x', jti: 'n', exp: now() + 60 };
    for (const assertion of [
      await sign({ iss: issuer }, {}, other.privateKey),
      await sign({ iss: issuer }, { jwk }, other.privateKey),
      await sign({ iss: issuer }, { alg: 'HS256' }, new TextEncoder().encode(JSON.stringify(jwk))),
      await sign({ iss: issuer }, { typ: 'at+jwt' }),
      `${encode({ alg: 'none' })}.${encode(claims)}.`,
      'nonsense',
    ]) {
      expect(await send(assertion)).toMatchObject(refused);
    }
    expect(await send(await sign({ iss: issuer }, { typ: 'authorization-grant+jwt' }))).toMatchObject({
      status: 200,
    });
  });

  it('RFC 7521 §4.1: assertion is required', async () => {
    expect(await send(undefined)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('RFC 7521 §4.1: the scope is at most that of issuer and client', async () => {
    const { issuer } = await trust();
    const asked = async (scope: string) => (await send(await sign({ iss: issuer }), { scope })).body.error;
    expect(await asked('demo:read')).toBeUndefined();
    for (const scope of ['demo:write', 'openid', 'admin', 'a"b'])
      expect(await asked(scope)).toBe('invalid_scope');
    const writer = await server.client({ grant_types: [GRANT], redirect_uris: [], scope: 'demo:write' });
    expect((await send(await sign({ iss: issuer }), {}, writer)).body.error).toBe('invalid_scope');
  });

  it('a request that fails for its scope leaves the assertion unspent', async () => {
    const { issuer } = await trust();
    const assertion = await sign({ iss: issuer });
    expect((await send(assertion, { scope: 'demo:write' })).body.error).toBe('invalid_scope');
    expect(await send(assertion)).toMatchObject({ status: 200 });
  });

  it('only the subjects that the issuer may speak for, only the clients that may bring its assertions', async () => {
    const few = await trust({ subjects: ['ada'] });
    expect(await send(await sign({ iss: few.issuer, sub: 'ada' }))).toMatchObject({ status: 200 });
    expect(await send(await sign({ iss: few.issuer, sub: 'bob' }))).toMatchObject(refused);
    const others = await trust({ client_ids: ['another'] });
    expect(await send(await sign({ iss: others.issuer }))).toMatchObject(refused);
  });

  it('a client must be registered for the grant type, and authenticate', async () => {
    const { issuer } = await trust();
    const assertion = await sign({ iss: issuer });
    expect((await send(assertion, {}, await server.client())).body.error).toBe('unauthorized_client');
    expect((await send(assertion, {}, { ...client, secret: 'x' })).status).toBe(401);
  });

  it('keys behind an address', async () => {
    const keys: Server = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
    );
    await new Promise<void>((done) => keys.listen(0, '127.0.0.1', done));
    const jwks_uri = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`;
    const { issuer } = await trust({ jwks: undefined, jwks_uri });
    const answer = await send(await sign({ iss: issuer }));
    keys.close();
    expect(answer).toMatchObject({ status: 200 });
  });

  it('an issuer that is trusted no more is refused at once', async () => {
    const { issuer, id } = await trust();
    expect((await server.call(admin, `${PATH}/${id}`, 'DELETE')).status).toBe(204);
    expect(await send(await sign({ iss: issuer }))).toMatchObject(refused);
    expect((await server.call(admin, `${PATH}/${id}`)).status).toBe(404);
  });

  it('trusted issuers are read, listed and replaced', async () => {
    const { id, issuer } = await trust({ subjects: ['ada'] });
    expect((await server.call(admin, `${PATH}/${id}`)).body).toMatchObject({ issuer, subjects: ['ada'] });
    const change = { issuer, jwks: { keys: [jwk] }, scope: 'demo:write' };
    const { body } = await server.call(admin, `${PATH}/${id}`, 'PUT', change);
    expect(body).toMatchObject({ id, issuer, scope: 'demo:write' });
    expect(body).not.toHaveProperty('subjects');
    const first = (await server.call(admin, `${PATH}?limit=1`)).body;
    const rows = first.trusted_issuers as { id: string }[];
    const next = await server.call(admin, `${PATH}?limit=1&cursor=${first.next_cursor as string}`);
    expect((next.body.trusted_issuers as { id: string }[])[0]!.id > rows[0]!.id).toBe(true);
    expect((await server.call(undefined, PATH)).status).toBe(401);
  });

  it.each<[string, object]>([
    ['/issuer', { issuer: ISSUER }],
    ['/jwks', { jwks: undefined }],
    ['/jwks', { jwks_uri: 'https://a.test/jwks' }],
    ['/jwks/keys/0/k', { jwks: { keys: [{ kty: 'EC', k: 'x' }] } }],
    ['/jwks_uri', { jwks: undefined, jwks_uri: 'http://a.test/jwks' }],
    ['/scope', { scope: 'admin' }],
    ['/scope', { scope: 'openid' }],
    ['/subject_mapping', { subject_mapping: 'any' }],
  ])('a fault at %s is told', async (pointer, change) => {
    const body = { issuer: 'https://faulty.test', jwks: { keys: [] }, scope: 'demo:read', ...change };
    const answer = await server.call(admin, PATH, 'POST', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  it('the same issuer twice is 409', async () => {
    const { issuer } = await trust();
    const body = { issuer, jwks: { keys: [] } };
    expect((await server.call(admin, PATH, 'POST', body)).status).toBe(409);
  });

  it('RFC 8414 §2: discovery names the grant type', async () => {
    const { body } = await server.fetch('/.well-known/oauth-authorization-server');
    expect(body.grant_types_supported).toContain(GRANT);
  });
});

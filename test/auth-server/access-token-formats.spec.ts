import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { resourceSettings } from '../../apps/auth-server/src/resources/resource-settings.js';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { API, AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from './auth-server.js';

const OPAQUE = 'https://opaque.test';
const JWT_ACCEPT = { accept: 'application/token-introspection+jwt' };

describe('access tokens as their resource wants them', () => {
  let server: AuthServer;
  let client: TestClient;
  let other: TestClient;

  beforeAll(async () => {
    server = await AuthServer.start();
    const scope = 'openid offline_access demo:read secret:read';
    [client, other] = await Promise.all([server.client({ scope }), server.client()]);
    const resources = server.get(ResourcesService);
    await resources.put(OPAQUE, { 'secret:read': 'Read secrets' });
    await settings(OPAQUE, { access_token_format: 'opaque', access_token_lifetime: 60 });
  });
  afterAll(() => server.stop());

  const settings = (resource: string, members: Record<string, unknown>) =>
    server.get(ResourcesService).putSettings(resource, resourceSettings.parse(members));

  const ask = async (scope: string) =>
    (await server.post('/oauth2/token', { grant_type: 'client_credentials', scope }, client)).body;

  const introspect = (token: unknown, of = client, headers: Record<string, string> = {}) =>
    server.post('/oauth2/introspect', { token: token as string }, of, headers);

  describe('opaque (RFC 6749 §1.4)', () => {
    it('says nothing, and is explained to its client by introspection (RFC 7662 §2.2)', async () => {
      const { access_token: token, expires_in: expiresIn } = await ask('secret:read');
      expect(token).toMatch(/^at_[\w-]{43}$/);
      expect(expiresIn).toBe(60);
      expect((await introspect(token)).body).toEqual({
        active: true,
        token_type: 'Bearer',
        iss: ISSUER,
        sub: client.clientId,
        aud: OPAQUE,
        client_id: client.clientId,
        scope: 'secret:read',
        iat: expect.any(Number) as number,
        exp: expect.any(Number) as number,
        jti: expect.any(String) as string,
      });
    });

    it('RFC 7662 §4: to another client it is not active; to one with the scope introspect it is', async () => {
      const { access_token: token } = await ask('secret:read');
      const gateway = await server.client({ scope: 'introspect' });
      expect((await introspect(token, other)).body).toEqual({ active: false });
      expect((await introspect(token, gateway)).body.active).toBe(true);
    });

    it('is so where one of several resources wants it', async () => {
      expect((await ask('demo:read secret:read')).access_token).toMatch(/^at_/);
      expect((await ask('demo:read')).access_token).toMatch(/^ey/);
    });

    it('opens /userinfo, until it is revoked (RFC 7009 §2.1)', async () => {
      const scopes = ['openid', 'secret:read'];
      const { access_token: token } = await server.tokens(client, { scopes, resources: [OPAQUE] });
      expect((await server.call(token, '/userinfo')).status).toBe(200);
      expect((await server.post('/oauth2/revoke', { token }, client)).status).toBe(200);
      expect((await server.call(token, '/userinfo')).status).toBe(401);
      expect((await introspect(token)).body).toEqual({ active: false });
    });

    it('RFC 7009 §2.1: is not revoked by another client (Keycloak CVE-2023-0091)', async () => {
      const { access_token: token } = await ask('secret:read');
      await server.post('/oauth2/revoke', { token: token as string }, other);
      expect((await introspect(token)).body.active).toBe(true);
    });

    it('ends with its grant', async () => {
      const scopes = ['openid', 'offline_access', 'secret:read'];
      const tokens = await server.tokens(client, { scopes, resources: [OPAQUE] });
      await server.post('/oauth2/revoke', { token: tokens.refresh_token }, client);
      expect((await introspect(tokens.access_token)).body).toEqual({ active: false });
    });

    it.each(['at_', 'at_nonsense', `at_${'x'.repeat(43)}`])('%j is none', async (token) => {
      expect((await introspect(token)).body).toEqual({ active: false });
      expect((await server.call(token, '/userinfo')).status).toBe(401);
    });
  });

  it('the lifetime is the shortest of client and resources', async () => {
    await settings(API, { access_token_lifetime: 30 });
    expect((await ask('demo:read')).expires_in).toBe(30);
    await settings(API, { access_token_lifetime: 86_400 });
    expect((await ask('demo:read')).expires_in).toBe(600);
  });

  it('RFC 9068 §2.1: the algorithm is the resource’s; ES256 where resources differ', async () => {
    await settings(API, { access_token_signing_alg: 'RS256' });
    const { access_token: token } = await ask('demo:read');
    expect(headerOf(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect((await introspect(token)).body.active).toBe(true);
    await settings(API, {});
    expect(headerOf((await ask('demo:read')).access_token).alg).toBe('ES256');
  });

  describe('RFC 9701: signed answers of introspection', () => {
    async function keys() {
      return createLocalJWKSet((await server.fetch('/jwks')).body as unknown as JSONWebKeySet);
    }

    it('§4 and §5: Accept asks for one; it has its own typ, iss, aud and iat, and the answer inside', async () => {
      const { access_token: token } = await ask('demo:read');
      const { headers, body } = await introspect(token, client, JWT_ACCEPT);
      expect(headers.get('content-type')).toMatch(/^application\/token-introspection\+jwt/);
      const { payload, protectedHeader } = await jwtVerify(body.text as string, await keys(), {
        issuer: ISSUER,
        audience: client.clientId,
        typ: 'token-introspection+jwt',
      });
      expect(protectedHeader.alg).toBe('RS256');
      expect(payload).toEqual({
        iss: ISSUER,
        aud: client.clientId,
        iat: expect.any(Number) as number,
        token_introspection: (await introspect(token)).body,
      });
    });

    it('§5: an inactive token is told so, and nothing more', async () => {
      const { body } = await introspect('nonsense', client, JWT_ACCEPT);
      expect(claimsOf(body.text).token_introspection).toEqual({ active: false });
    });

    it('§6: is signed as the client registered', async () => {
      const chosen = await server.client({ introspection_signed_response_alg: 'ES256' });
      const { body } = await introspect('nonsense', chosen, JWT_ACCEPT);
      expect(headerOf(body.text)).toMatchObject({ alg: 'ES256', typ: 'token-introspection+jwt' });
    });

    it('§8.1: is no access token', async () => {
      const { access_token: token } = await ask('demo:read');
      const { body } = await introspect(token, client, JWT_ACCEPT);
      expect((await server.call(body.text as string, '/userinfo')).status).toBe(401);
      expect((await introspect(body.text)).body).toEqual({ active: false });
    });

    it.each(['application/json', '*/*', 'application/token-introspection+jwt;q=0'])(
      'Accept: %s gets JSON',
      async (accept) => {
        expect((await introspect('nonsense', client, { accept })).body).toEqual({ active: false });
      },
    );

    it('§7: is announced', async () => {
      const { body } = await server.fetch('/.well-known/oauth-authorization-server');
      expect(body.introspection_signing_alg_values_supported).toEqual(
        expect.arrayContaining(['RS256', 'ES256']),
      );
    });
  });

  describe('typ confusion (RFC 8725 §3.11)', () => {
    it.each(['ID Token', 'logout token', 'bare JWT'])('an %s is no access token', async (kind) => {
      const { KeysService } = await import('../../apps/auth-server/src/keys/keys.service.js');
      const { access_token: token } = await server.tokens(client, { scopes: ['openid'], resources: [] });
      const typ = { 'ID Token': 'JWT', 'logout token': 'logout+jwt', 'bare JWT': '' }[kind]!;
      // The very claims of a good access token, by the very key.
      const forged = await server.get(KeysService).sign('ES256', typ, claimsOf(token));
      expect((await server.call(token, '/userinfo')).status).toBe(200);
      expect((await server.call(forged, '/userinfo')).status).toBe(401);
      expect((await introspect(forged)).body).toEqual({ active: false });
    });
  });
});

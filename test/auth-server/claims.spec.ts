import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { resourceSettings } from '../../apps/auth-server/src/resources/resource-settings.js';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { RevocationsService } from '../../apps/auth-server/src/revocation/revocations.service.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { API, AuthServer, claimsOf, headerOf, ISSUER, type TestClient } from './auth-server.js';
import { answerOf, ask } from './people.js';

const ADDRESS = { locality: 'London', country: 'GB' };
const SCOPE = 'openid profile email address phone offline_access demo:read';

describe('claims', () => {
  let server: AuthServer;
  let client: TestClient;
  let userId: string;

  beforeAll(async () => {
    server = await AuthServer.start();
    client = await server.client({ scope: SCOPE });
    const user = await server.get(UsersService).create({
      username: 'ada@example.com',
      password: 'x',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      emailVerified: true,
      profile: {
        given_name: 'Ada',
        locale: 'en-GB',
        address: ADDRESS,
        phone_number: '+44 1',
        phone_number_verified: false,
        department: 'Engines',
      },
    });
    userId = user.id;
  });
  afterAll(() => server.stop());

  async function tokensOf(of: TestClient, scopes: string[]) {
    const { form, grantId } = await server.code(of, { userId, scopes });
    await server.sql('UPDATE auth.oauth_grant SET user_id = $1 WHERE id = $2', [userId, grantId]);
    const { body } = await server.post('/oauth2/token', form, of);
    return body as Record<string, string>;
  }

  async function userinfo(of: TestClient, scopes: string[]) {
    const { access_token: token } = await tokensOf(of, scopes);
    return (await server.call(token, '/userinfo')).body;
  }

  describe('UserInfo (OpenID Connect Core §5.3)', () => {
    it('§5.4: says what the scopes are for, and no more', async () => {
      expect(await userinfo(client, ['openid'])).toEqual({ sub: userId });
      expect(await userinfo(client, ['openid', 'email'])).toEqual({
        sub: userId,
        email: 'ada@example.com',
        email_verified: true,
      });
      expect(await userinfo(client, ['openid', 'profile'])).toEqual({
        sub: userId,
        name: 'Ada Lovelace',
        given_name: 'Ada',
        locale: 'en-GB',
        preferred_username: 'ada@example.com',
        updated_at: expect.any(Number) as number,
      });
      expect(await userinfo(client, ['openid', 'address', 'phone'])).toEqual({
        sub: userId,
        address: ADDRESS,
        phone_number: '+44 1',
        phone_number_verified: false,
      });
    });

    it('§5.4: with an access token the ID Token leaves them to UserInfo', async () => {
      const { id_token: idToken } = await tokensOf(client, ['openid', 'profile', 'email']);
      expect(claimsOf(idToken)).not.toHaveProperty('email');
    });

    it('§5.3.2: as a JWT where the client registered an algorithm, with iss and aud, and of a type of its own', async () => {
      const own = await server.client({ scope: SCOPE, userinfo_signed_response_alg: 'ES256' });
      const { access_token: token } = await tokensOf(own, ['openid', 'email']);
      const { headers, body } = await server.call(token, '/userinfo');
      expect(headers.get('content-type')).toMatch(/^application\/jwt/);
      const keys = createLocalJWKSet((await server.fetch('/jwks')).body as unknown as JSONWebKeySet);
      const { payload, protectedHeader } = await jwtVerify(body.text as string, keys, {
        issuer: ISSUER,
        audience: own.clientId,
      });
      expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'userinfo+jwt' });
      expect(payload).toMatchObject({ sub: userId, email: 'ada@example.com' });
    });

    it('§5.3.2: and oauth4webapi takes it', async () => {
      const own = await server.client({ scope: SCOPE, userinfo_signed_response_alg: 'RS256' });
      const { access_token: token } = await tokensOf(own, ['openid', 'email']);
      const as = (await server.fetch('/.well-known/openid-configuration'))
        .body as unknown as oauth.AuthorizationServer;
      const oauthClient = { client_id: own.clientId, userinfo_signed_response_alg: 'RS256' };
      const answer = await oauth.userInfoRequest(as, oauthClient, token!, {
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: (url: string, init: RequestInit) => fetch(url.replace(ISSUER, server.url), init),
      });
      const claims = await oauth.processUserInfoResponse(as, oauthClient, userId, answer);
      expect(claims.email).toBe('ada@example.com');
    });

    it('§5.3.2: a signed answer is no id_token_hint and no access token', async () => {
      const own = await server.client({ scope: SCOPE, userinfo_signed_response_alg: 'RS256' });
      const { access_token: token } = await tokensOf(own, ['openid']);
      const jwt = (await server.call(token, '/userinfo')).body.text as string;
      expect((await server.call(jwt, '/userinfo')).status).toBe(401);
      const answer = answerOf(await ask(server, own, { id_token_hint: jwt, prompt: 'none' }));
      expect(answer.error).toBe('invalid_request');
    });
  });

  describe('mapping', () => {
    it('a client’s claims_mapping is in its ID Tokens and UserInfo, not in access tokens', async () => {
      const own = await server.client({
        scope: SCOPE,
        claims_mapping: { dept: 'department', 'https://x.test/mail': 'email', nothing: 'unknown' },
      });
      const tokens = await tokensOf(own, ['openid']);
      const mapped = { dept: 'Engines', 'https://x.test/mail': 'ada@example.com' };
      expect(claimsOf(tokens.id_token)).toMatchObject(mapped);
      expect(claimsOf(tokens.id_token)).not.toHaveProperty('nothing');
      expect((await server.call(tokens.access_token, '/userinfo')).body).toEqual({ sub: userId, ...mapped });
      expect(claimsOf(tokens.access_token)).not.toHaveProperty('dept');
    });

    it('a resource’s claims_mapping is in its access tokens, of users alone', async () => {
      const resources = server.get(ResourcesService);
      await resources.putSettings(API, resourceSettings.parse({ claims_mapping: { dept: 'department' } }));
      const { access_token: token } = await tokensOf(client, ['openid', 'demo:read']);
      expect(claimsOf(token)).toMatchObject({ dept: 'Engines', sub: userId });
      const form = { grant_type: 'client_credentials', scope: 'demo:read' };
      const { body } = await server.post('/oauth2/token', form, client);
      expect(claimsOf(body.access_token)).not.toHaveProperty('dept');
      await resources.putSettings(API, resourceSettings.parse({}));
    });

    it.each([
      'iss',
      'sub',
      'aud',
      'exp',
      'scope',
      'client_id',
      'cnf',
      'act',
      'jti',
      'acr',
      'auth_time',
      'active',
      'authorization_details',
    ])('nobody can map %s', (name) => {
      expect(resourceSettings.safeParse({ claims_mapping: { [name]: 'email' } }).success).toBe(false);
    });
  });

  describe('pairwise subjects (OpenID Connect Core §8)', () => {
    const pairwise = (host: string, more: Record<string, unknown> = {}) =>
      server.client({
        scope: SCOPE,
        subject_type: 'pairwise',
        sector_identifier_uri: `https://${host}/uris.json`,
        ...more,
      });

    it('§8.1: is announced', async () => {
      const { body } = await server.fetch('/.well-known/openid-configuration');
      expect(body.subject_types_supported).toEqual(expect.arrayContaining(['public', 'pairwise']));
    });

    it('§8.1: differs by sector, is the same within one and at each login, and does not show the user', async () => {
      const subjectOf = async (of: TestClient) =>
        claimsOf((await tokensOf(of, ['openid'])).id_token).sub as string;
      const [one, sibling, other] = await Promise.all([
        pairwise('a.test'),
        pairwise('a.test'),
        pairwise('b.test'),
      ]);
      const subject = await subjectOf(one);
      expect(await subjectOf(one)).toBe(subject);
      expect(await subjectOf(sibling)).toBe(subject);
      expect(await subjectOf(other)).not.toBe(subject);
      expect(subject).not.toContain(userId.slice(0, 8));
      expect(subject.length).toBeLessThanOrEqual(255);
    });

    it('§5.3.2: ID Token, access token, UserInfo and introspection have the same sub', async () => {
      const own = await pairwise('a.test');
      const tokens = await tokensOf(own, ['openid', 'email', 'offline_access']);
      const { sub } = claimsOf(tokens.id_token);
      expect(claimsOf(tokens.access_token).sub).toBe(sub);
      expect((await server.call(tokens.access_token, '/userinfo')).body).toMatchObject({
        sub,
        email: 'ada@example.com',
      });
      for (const token of [tokens.access_token, tokens.refresh_token]) {
        const { body } = await server.post('/oauth2/introspect', { token }, own);
        expect(body.sub).toBe(sub);
      }
    });

    it('§3.1.2.1: its ID Token is an id_token_hint for its user', async () => {
      const own = await pairwise('a.test', { first_party: true });
      const { id_token: hint } = await tokensOf(own, ['openid']);
      const browser = new Browser();
      const secret = await server.get(SessionsService).create(userId, ['pwd']);
      await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, server.url);
      const members = { id_token_hint: hint, prompt: 'none', scope: 'openid' };
      expect(answerOf(await ask(server, own, members, browser))).toHaveProperty('code');
    });

    it('revoking the user ends its tokens, too', async () => {
      const own = await pairwise('a.test');
      const { access_token: token } = await tokensOf(own, ['openid']);
      expect(await server.isActive(own, token)).toBe(true);
      await server.get(RevocationsService).revoke('user', userId);
      expect(await server.isActive(own, token)).toBe(false);
    });

    it('§8.1: needs a sector: one host of the redirect URIs, or a sector_identifier_uri', async () => {
      const token = await server.tokenWith('admin');
      const register = (members: Record<string, unknown>) =>
        server.call(token, '/admin/v1/clients', 'POST', { subject_type: 'pairwise', ...members });
      const [a, b] = ['https://sector-a.test/cb', 'https://sector-b.test/cb'];
      expect((await register({ redirect_uris: [a, b] })).status).toBe(422);
      expect((await register({ redirect_uris: [a] })).status).toBe(201);
    });
  });

  describe('sector_identifier_uri (OpenID Connect Registration §5)', () => {
    let site: Server;
    let list: unknown;
    let local: AuthServer;
    let uri: string;

    beforeAll(async () => {
      local = await AuthServer.start({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }, server.database);
      site = createServer((_request, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(list));
      });
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      uri = `http://127.0.0.1:${(site.address() as AddressInfo).port}/uris.json`;
    });
    afterAll(async () => {
      site.close();
      await local.close();
    });

    async function register(of: AuthServer, redirectUri: string) {
      const body = {
        redirect_uris: [redirectUri],
        subject_type: 'pairwise',
        sector_identifier_uri: uri,
      };
      return of.call(await server.tokenWith('admin'), '/admin/v1/clients', 'POST', body);
    }

    it('§5: must list all redirect URIs', async () => {
      list = ['https://listed.test/cb', 'https://another.test/cb'];
      expect((await register(local, 'https://listed.test/cb')).status).toBe(201);
      const { status, body } = await register(local, 'https://unlisted.test/cb');
      expect([status, JSON.stringify(body.errors)]).toEqual([
        422,
        expect.stringContaining('/sector_identifier_uri') as string,
      ]);
    });

    it.each([[{}], ['text'], [[1]], [null]])('§5: an answer of %j is refused', async (answer) => {
      list = answer;
      expect((await register(local, 'https://odd.test/cb')).status).toBe(422);
    });

    it('is fetched from nowhere that only this server can reach', async () => {
      list = ['https://private.test/cb'];
      expect((await register(server, 'https://private.test/cb')).status).toBe(422);
    });
  });

  it('the ID Token is signed as before', async () => {
    expect(headerOf((await tokensOf(client, ['openid'])).id_token)).toMatchObject({ alg: 'RS256' });
  });
});

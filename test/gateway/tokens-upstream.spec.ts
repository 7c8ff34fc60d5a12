import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { clientMetadata } from '@gatehouse/client';
import { ClientsService } from '../../apps/auth-server/src/clients/clients.service.js';
import { resourceSettings } from '../../apps/auth-server/src/resources/resource-settings.js';
import { ResourcesService } from '../../apps/auth-server/src/resources/resources.service.js';
import { Seed } from '../../apps/auth-server/src/seed/seed.service.js';
import { AuthServerClient } from '../../apps/gateway/src/tokens/auth-server.client.js';
import { IdentityKeys, PERIOD_MS } from '../../apps/gateway/src/tokens/identity-keys.js';
import { TEST_SECRET } from '../support/app.js';
import { API, AuthServer, claimsOf, ISSUER } from '../auth-server/auth-server.js';
import { type Echo, send, startUpstream, type Upstream } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { guardedRoute, putIssuers, TestIssuer } from './token-issuer.js';

const UPSTREAM_API = 'https://upstream.test';
const OPAQUE_API = 'https://opaque.test';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

describe('tokens of the auth-server, and what upstreams get in their place', () => {
  let server: AuthServer;
  let gateway: LoneGateway;
  let upstream: Upstream;

  beforeAll(async () => {
    server = await AuthServer.start({ GATEHOUSE_SECRET: TEST_SECRET });
    await server.get(ResourcesService).put(UPSTREAM_API, { 'demo:read': 'Read', 'up:use': 'Use' });
    await server.get(ResourcesService).put(OPAQUE_API, { 'opaque:use': 'Use' });
    const settings = resourceSettings.parse({ access_token_format: 'opaque' });
    await server.get(ResourcesService).putSettings(OPAQUE_API, settings);
    const clients = server.get(ClientsService);
    const own = (await clients.read('gatehouse-gateway'))!;
    const metadata = clientMetadata.parse({
      ...own.metadata,
      grant_types: [...own.metadata.grant_types, EXCHANGE],
      scope: `${own.metadata.scope} up:use`,
      token_exchange: { audiences: [UPSTREAM_API], impersonation: true, delegation: true },
    });
    await clients.replace(own, metadata);
    [gateway, upstream] = await Promise.all([
      startLoneGateway({ GATEHOUSE_ISSUER: ISSUER, GATEHOUSE_AUTH_INTERNAL_URL: server.url }),
      startUpstream(),
    ]);
    await sleep(1_200);
  });
  afterAll(async () => {
    await gateway?.stop();
    await server?.stop();
    await upstream?.stop();
  });

  const tokenOf = async (scope: string) => server.tokenWith(scope);

  async function call(path: string, token?: string, headers: Record<string, string> = {}) {
    const authorization: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await send(gateway.url, { path, headers: { ...headers, ...authorization } });
    return { status: answer.status, text: answer.text };
  }

  const seenBy = async (path: string, token?: string, headers?: Record<string, string>) => {
    const { status, text } = await call(path, token, headers);
    expect(status).toBe(200);
    return (JSON.parse(text) as Echo).headers;
  };

  describe('opaque tokens', () => {
    it('of the auth-server are introspected, and refused within 1 s when they are revoked', async () => {
      const path = await guardedRoute(gateway, upstream.url, {
        audience: OPAQUE_API,
        scopes: ['opaque:use'],
      });
      const client = await server.client({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: 'opaque:use',
      });
      const form = { grant_type: 'client_credentials', scope: 'opaque:use' };
      const { body } = await server.post('/oauth2/token', form, client);
      const token = body.access_token as string;
      expect(token).toMatch(/^at_/);
      expect((await call(path, token)).status).toBe(200);
      expect((await call(path, `${token}x`)).status).toBe(401);
      await server.post('/oauth2/revoke', { token }, client);
      await sleep(1_000);
      expect((await call(path, token)).status).toBe(401);
    });

    it('a refresh token is no access token', async () => {
      const path = await guardedRoute(gateway, upstream.url, { audience: API });
      const tokens = await server.tokens(await server.client());
      expect((await call(path, tokens.access_token)).status).toBe(200);
      expect((await call(path, tokens.refresh_token)).status).toBe(401);
      expect((await call(path, tokens.id_token)).status).toBe(401);
    });
  });

  describe('token_exchange', () => {
    const route = (settings: object = {}, guard: object = { audience: API }) =>
      guardedRoute(gateway, upstream.url, guard, {
        policies: [{ type: 'token_exchange', audience: UPSTREAM_API, ...settings }],
      });

    it('the upstream gets a token of its own, once for many calls', async () => {
      const path = await route();
      const token = await tokenOf('demo:read');
      const values = await Promise.all(
        Array.from({ length: 10 }, async () => (await seenBy(path, token)).authorization),
      );
      values.push((await seenBy(path, token)).authorization);
      expect(new Set(values).size).toBe(1);
      const exchanged = values[0]!.replace('Bearer ', '');
      expect(claimsOf(exchanged)).toMatchObject({
        ...{ iss: ISSUER, aud: UPSTREAM_API, scope: 'demo:read', client_id: 'gatehouse-gateway' },
        sub: claimsOf(token).sub,
      });
      expect(claimsOf(exchanged)).not.toHaveProperty('act');
      const other = (await seenBy(path, await tokenOf('demo:read'))).authorization;
      expect(values).not.toContain(other);
    });

    it('without it the upstream gets none', async () => {
      const path = await guardedRoute(gateway, upstream.url, { audience: API });
      expect(await seenBy(path, await tokenOf('demo:read'))).not.toHaveProperty('authorization');
    });

    it('delegation: the gateway is named as the one who acts', async () => {
      const headers = await seenBy(await route({ delegation: true }), await tokenOf('demo:read'));
      expect(claimsOf(headers.authorization)).toMatchObject({ act: { sub: 'gatehouse-gateway' } });
    });

    it('scopes and audience: more than the caller or the gateway may have is refused', async () => {
      const token = await tokenOf('demo:read');
      expect((await call(await route({ scopes: ['demo:read'] }), token)).status).toBe(200);
      expect((await call(await route({ scopes: ['up:use'] }), token)).status).toBe(403);
      expect((await call(await route({ audience: 'https://other.test' }), token)).status).toBe(403);
    });

    it('fails closed: without a token, with one of another issuer, and when there is no answer', async () => {
      const issuer = await TestIssuer.start();
      await putIssuers(gateway, { name: 'partner', issuer: issuer.url });
      const open = await route({}, { audience: API, issuers: ['partner'] });
      expect((await call(open, await issuer.token({ aud: API }))).status).toBe(403);
      await issuer.stop();
      const seen = upstream.seen.length;
      const path = await route();
      const token = await tokenOf('demo:read');
      const exchange = jest
        .spyOn(gateway.app.get(AuthServerClient, { strict: false }), 'exchange')
        .mockRejectedValueOnce(new Error('the auth-server is away'));
      expect((await call(path, token)).status).toBe(503);
      exchange.mockRestore();
      expect(upstream.seen).toHaveLength(seen);
    });

    it('what an administrator added to the gateway’s client outlasts a start of the auth-server', async () => {
      await server.get(Seed).onApplicationBootstrap();
      const { metadata } = (await server.get(ClientsService).read('gatehouse-gateway'))!;
      expect(metadata).toMatchObject({ token_exchange: { audiences: [UPSTREAM_API] } });
      expect(metadata.grant_types).toContain(EXCHANGE);
      expect(metadata.scope.split(' ')).toContain('up:use');
    });
  });

  describe('identity_jwt', () => {
    const route = (settings: object = {}, guards: object[] | undefined = undefined) =>
      guardedRoute(
        gateway,
        upstream.url,
        { audience: API },
        {
          policies: [{ type: 'identity_jwt', audience: 'urn:upstream', ...settings }],
          ...(guards ? { guards } : {}),
        },
      );
    const keys = () => createRemoteJWKSet(new URL(`${gateway.url}/.gatehouse/jwks`));
    const verify = (jwt: string | undefined, audience = 'urn:upstream') =>
      jwtVerify(jwt!, keys(), {
        ...{ issuer: gateway.url, audience, typ: 'identity+jwt', algorithms: ['ES256'] },
      });

    it('the upstream can verify who calls', async () => {
      const token = await tokenOf('demo:read');
      const headers = await seenBy(await route(), token, { 'x-gatehouse-identity': 'forged' });
      const { payload } = await verify(headers['x-gatehouse-identity']);
      expect(payload).toMatchObject({
        ...{ sub: claimsOf(token).sub, client_id: claimsOf(token).client_id },
        ...{ scope: 'demo:read', idp: 'gatehouse' },
      });
      expect(payload.exp! - payload.iat!).toBe(60);
    });

    it('is signed once for many calls of a caller, and anew for another', async () => {
      const path = await route();
      const [one, other] = await Promise.all([tokenOf('demo:read'), tokenOf('demo:read')]);
      const of = async (token: string) => (await seenBy(path, token))['x-gatehouse-identity'];
      const first = await of(one!);
      expect(await of(one!)).toBe(first);
      expect(await of(other!)).not.toBe(first);
    });

    it('audience, lifetime and claims', async () => {
      const token = await tokenOf('demo:read');
      const path = await route({ audience: 'urn:other', lifetime: 10, claims: ['nothing'] });
      const jwt = (await seenBy(path, token))['x-gatehouse-identity'];
      const { payload } = await verify(jwt, 'urn:other');
      expect(payload.exp! - payload.iat!).toBe(10);
      await expect(verify(jwt)).rejects.toThrow();
      await expect(route({ claims: ['sub'] })).rejects.toMatchObject({ status: 422 });
      const copied = await seenBy(
        await route({ claims: ['grant_id'] }),
        (await server.tokens(await server.client())).access_token,
      );
      expect((await verify(copied['x-gatehouse-identity'])).payload.grant_id).toEqual(expect.any(String));
    });

    it('header: another one, in which nothing of the caller stays, in any spelling', async () => {
      const path = await route({ header: 'X-Assertion' });
      const forged = { 'x-assertion': 'a', x_assertion: 'b', 'X.Assertion': 'c' };
      const headers = await seenBy(path, await tokenOf('demo:read'), forged);
      await verify(headers['x-assertion']);
      expect(headers).not.toHaveProperty('x_assertion');
      expect(headers).not.toHaveProperty('x.assertion');
      const open = await route({ header: 'x-assertion' }, []);
      expect(await seenBy(open, undefined, forged)).not.toHaveProperty('x-assertion');
      await expect(route({ header: 'host' })).rejects.toMatchObject({ status: 422 });
    });

    it('keys follow each other by themselves, and the next one is published before it signs', () => {
      const made = new IdentityKeys(TEST_SECRET);
      const now = 700 * PERIOD_MS + 1;
      const kids = (at: number) => made.published(at).map(({ kid }) => kid);
      const [current, next] = kids(now);
      expect(kids(now + PERIOD_MS)).toEqual([next, expect.any(String), current]);
      expect(new IdentityKeys(TEST_SECRET).published(now)).toEqual(made.published(now));
      expect(new IdentityKeys(`${TEST_SECRET}x`).published(now)).not.toEqual(made.published(now));
      expect(JSON.stringify(made.published(now))).not.toContain('"d"');
    });
  });
});

import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import * as client from 'openid-client';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, REDIRECT_URI, register } from '../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';

describe('openid-client 6', () => {
  const browser = new Browser();
  let gateway: GatewayUnderTest;
  let publicJwk: JWK;
  let privateKey: client.CryptoKey;

  beforeAll(async () => {
    gateway = await startGateway();
    const pair = await generateKeyPair('ES256', { extractable: true });
    privateKey = pair.privateKey;
    publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' };
  });
  afterAll(() => gateway.stop());

  async function configure(
    metadata: Record<string, unknown> = {},
    own: Partial<client.ClientMetadata> = {},
  ): Promise<client.Configuration> {
    const registered = await register(gateway.demo, await adminToken(gateway.demo), metadata);
    return client.discovery(
      new URL(gateway.demo.issuer),
      registered.client_id,
      { ...own, client_secret: registered.client_secret },
      undefined,
      { execute: [client.allowInsecureRequests] },
    );
  }

  async function parameters(verifier: string, more: Record<string, string> = {}) {
    return {
      redirect_uri: REDIRECT_URI,
      scope: 'openid demo:read',
      state: 'the state',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    };
  }

  /** Goes through the pages, and gives the address that the browser ends at. */
  async function follow(url: URL): Promise<URL> {
    const page = await passThrough(browser, url.href, gateway.demo.user, { stopAt: REDIRECT_URI });
    return new URL(page.url);
  }

  it('pushes its request (RFC 9126), and redeems the code', async () => {
    const config = await configure({ require_pushed_authorization_requests: true });
    const verifier = client.randomPKCECodeVerifier();
    const url = await client.buildAuthorizationUrlWithPAR(config, await parameters(verifier));
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const checks = { pkceCodeVerifier: verifier, expectedState: 'the state' };
    const tokens = await client.authorizationCodeGrant(config, await follow(url), checks);
    expect(tokens.claims()?.aud).toBe(config.clientMetadata().client_id);
  });

  it('signs its request (RFC 9101), also encrypted, and in a pushed one', async () => {
    const config = await configure({ jwks: { keys: [publicJwk] }, require_signed_request_object: true });
    const key = { key: privateKey, kid: 'one' };
    const { keys } = (await (await fetch(config.serverMetadata().jwks_uri!)).json()) as { keys: JWK[] };
    const encryption = keys.find(({ use, alg }) => use === 'enc' && alg === 'ECDH-ES')!;
    expect(await importJWK(encryption, 'ECDH-ES')).toBeDefined();
    for (const pushed of [false, true]) {
      const verifier = client.randomPKCECodeVerifier();
      const signed = await client.buildAuthorizationUrlWithJAR(config, await parameters(verifier), key);
      const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, signed.searchParams) : signed;
      const checks = { pkceCodeVerifier: verifier, expectedState: 'the state' };
      const tokens = await client.authorizationCodeGrant(config, await follow(url), checks);
      expect(tokens.access_token).toBeTruthy();
    }
  });

  it('takes a signed response (JARM)', async () => {
    const config = await configure(
      { authorization_signed_response_alg: 'ES256' },
      { authorization_signed_response_alg: 'ES256' },
    );
    client.useJwtResponseMode(config);
    const verifier = client.randomPKCECodeVerifier();
    const answer = await follow(client.buildAuthorizationUrl(config, await parameters(verifier)));
    expect([...answer.searchParams.keys()]).toEqual(['response']);
    const checks = { pkceCodeVerifier: verifier, expectedState: 'the state' };
    expect((await client.authorizationCodeGrant(config, answer, checks)).access_token).toBeTruthy();
  });

  it('asks for authorization details (RFC 9396), and finds them in the answer', async () => {
    const token = await adminToken(gateway.demo);
    const path = `${gateway.demo.issuer}/admin/v1/authorization-details-types/report`;
    const body = JSON.stringify({
      title: 'Read a report',
      schema: { properties: { year: { type: 'integer' } } },
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await fetch(path, { method: 'PUT', body, headers })).status).toBe(200);
    const config = await configure({ authorization_details_types: ['report'] });
    const verifier = client.randomPKCECodeVerifier();
    const details = JSON.stringify([{ type: 'report', year: 2025 }]);
    const all = await parameters(verifier, { authorization_details: details });
    const answer = await follow(client.buildAuthorizationUrl(config, all));
    const checks = { pkceCodeVerifier: verifier, expectedState: 'the state' };
    const tokens = await client.authorizationCodeGrant(config, answer, checks);
    expect(tokens.authorization_details).toEqual([{ type: 'report', year: 2025 }]);
  });

  it('migrates: the implicit flow with an ID Token, and the hybrid flow with c_hash', async () => {
    const migrating = {
      grant_types: ['authorization_code', 'implicit'],
      response_types: ['id_token', 'code id_token'],
    };
    const nonce = client.randomNonce();
    const implicit = await configure(migrating);
    client.useIdTokenResponseType(implicit);
    const asked = { redirect_uri: REDIRECT_URI, scope: 'openid', nonce, state: 'the state' };
    const answer = await follow(client.buildAuthorizationUrl(implicit, asked));
    const claims = await client.implicitAuthentication(implicit, answer, nonce, {
      expectedState: 'the state',
    });
    expect(claims.nonce).toBe(nonce);

    const hybrid = await configure(migrating);
    client.useCodeIdTokenResponseType(hybrid);
    const verifier = client.randomPKCECodeVerifier();
    const address = await follow(client.buildAuthorizationUrl(hybrid, await parameters(verifier, { nonce })));
    const checks = { pkceCodeVerifier: verifier, expectedState: 'the state', expectedNonce: nonce };
    expect((await client.authorizationCodeGrant(hybrid, address, checks)).access_token).toBeTruthy();
  });
});

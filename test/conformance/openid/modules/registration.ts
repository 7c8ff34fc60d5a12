import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { clientAssertion } from '../client-key.js';
import type { Module, Plan } from '../plan.js';
import { discovery } from './discovery.js';
import { registerDynamically as register, requestRegistration } from '../registrations.js';

const CALLBACK = 'https://dynamic.test/callback';

/** Clients that register themselves: OpenID Connect Registration §2 and §3, RFC 7591. */
export const registration: Readonly<Record<string, Module>> = {
  /** OpenID Connect Core §15.2: what a server with dynamic registration has besides. */
  'oidcc-discovery-endpoint-verification': async (plan) => {
    await discovery['oidcc-discovery-endpoint-verification']!(plan);
    expect(plan.metadata.registration_endpoint).toMatch(/^https:\/\/issuer\.test\//);
    expect(plan.supported('response_types')).toEqual(
      expect.arrayContaining(['code', 'id_token', 'id_token token']),
    );
    expect(plan.supported('grant_types')).toEqual(expect.arrayContaining(['authorization_code', 'implicit']));
  },

  'oidcc-idtoken-rs256': async (plan) => {
    await (await register(plan, { id_token_signed_response_alg: 'RS256' })).complete();
  },

  /** Skipped by the suite where `none` is not announced: here it is shown to be refused, too. */
  'oidcc-idtoken-unsigned': async (plan) => {
    expect(plan.supported('id_token_signing_alg_values')).not.toContain('none');
    const { answer } = await requestRegistration(plan, { id_token_signed_response_alg: 'none' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_client_metadata']);
  },

  'oidcc-userinfo-rs256': async (plan) => {
    expect(plan.supported('userinfo_signing_alg_values')).toContain('RS256');
    const client = await register(plan, { userinfo_signed_response_alg: 'RS256' });
    const { accessToken, claims } = await client.complete();
    const { headers, body } = await plan.server.call(accessToken, '/userinfo');
    expect(headers.get('content-type')).toMatch(/^application\/jwt/);
    const { payload } = await jwtVerify(body.text as string, createLocalJWKSet(await plan.jwks()), {
      algorithms: ['RS256'],
      issuer: plan.issuer,
      audience: client.client.clientId,
    });
    expect(payload.sub).toBe(claims!.sub);
  },

  'oidcc-ensure-redirect-uri-in-authorization-request': async (plan) => {
    const client = await register(plan, { redirect_uris: [`${CALLBACK}/1`, `${CALLBACK}/2`] });
    await refusesOnPage(client.visit({ redirect_uri: undefined }));
  },

  'oidcc-redirect-uri-query-OK': async (plan) => {
    await (await register(plan, { redirect_uris: [`${CALLBACK}?foo=bar`] })).complete();
  },

  'oidcc-redirect-uri-query-mismatch': async (plan) => {
    const client = await register(plan, { redirect_uris: [`${CALLBACK}/3?foo=bar`] });
    await refusesOnPage(client.visit({ redirect_uri: `${CALLBACK}/3?bar=foo` }));
  },

  'oidcc-redirect-uri-query-added': async (plan) => {
    const client = await register(plan);
    await refusesOnPage(client.visit({ redirect_uri: `${client.redirectUri}?foo=bar` }));
  },

  'oidcc-redirect-uri-regfrag': async (plan) => {
    const { answer } = await requestRegistration(plan, { redirect_uris: [`${CALLBACK}#foobar`] });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_redirect_uri']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  },

  'oidcc-ensure-client-assertion-with-iss-aud-succeeds': async (plan) => {
    const client = await register(plan);
    const visit = await client.visit();
    const { client_assertion: assertion } = await clientAssertion(
      client.key!,
      client.client.clientId,
      plan.issuer,
    );
    expect(decodeJwt(assertion).aud).toBe(plan.issuer);
    await client.finish(visit, { client_assertion: assertion });
  },

  'oidcc-server-rotate-keys': async (plan) => {
    const before = await kidsOf(plan);
    const admin = await plan.server.tokenWith('admin');
    const { status } = await plan.server.call(admin, '/admin/v1/keys/rotate', 'POST', { alg: 'RS256' });
    expect(status).toBe(201);
    const after = await kidsOf(plan);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
  },

  /** The suite asks for it to be seen; here no page loads what a client's server says (§2 has a SHOULD). */
  'oidcc-registration-logo-uri': async (plan) => {
    expect(await seen(plan, 'logo_uri', 'https://rp.test/logo.png')).toBe(false);
  },
  'oidcc-registration-policy-uri': async (plan) => {
    expect(await seen(plan, 'policy_uri', 'https://rp.test/policy')).toBe(true);
  },
  'oidcc-registration-tos-uri': async (plan) => {
    expect(await seen(plan, 'tos_uri', 'https://rp.test/terms')).toBe(true);
  },
};

/** The person is told on a page; nobody is sent anywhere (RFC 6749 §4.1.2.1). */
async function refusesOnPage(visiting: ReturnType<Awaited<ReturnType<typeof register>>['visit']>) {
  const { page, shown, answer } = await visiting;
  expect({ status: page.status, shown, answer }).toEqual({ status: 400, shown: [], answer: undefined });
  expect(page.text).toContain('redirect_uri');
}

/** OpenID Connect Registration §2: whether the person saw it before they allowed anything. */
async function seen(plan: Plan, member: string, address: string): Promise<boolean> {
  const client = await register(plan, { [member]: address });
  const { shown } = await client.complete();
  expect(shown).toEqual(['consent']);
  return client.browser.received.some(({ body }) => body.includes(address));
}

/** OpenID Connect Core §10.1: all key ids that a client can choose from. */
async function kidsOf(plan: Plan): Promise<(string | undefined)[]> {
  return (await plan.jwks()).keys.map(({ kid }) => kid);
}

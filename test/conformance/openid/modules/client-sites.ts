import { ClientSite } from '../client-site.js';
import { newClientKey, requestObject } from '../client-key.js';
import type { Module, Plan } from '../plan.js';
import { expectRefusal } from '../expectations.js';
import { registerDynamically as register, requestRegistration } from '../registrations.js';
import { pass } from '../time.js';
import { UnsecuredJWT } from 'jose';

/** What the server fetches from a client: its keys, its sector, its request objects. */
export const clientSites: Readonly<Record<string, Module>> = {
  'oidcc-registration-jwks-uri': (plan) =>
    withSite(async (site) => {
      const key = await newClientKey();
      const uri = site.put('/jwks', { keys: [key.jwk] });
      await (await register(plan, { jwks_uri: uri }, key)).complete();
    }),

  'oidcc-refresh-token-rp-key-rotation': (plan) =>
    withSite(async (site) => {
      const [before, after] = [await newClientKey(), await newClientKey()];
      const client = await register(plan, { jwks_uri: site.put('/jwks', { keys: [before.jwk] }) }, before);
      const { refreshToken } = await client.complete({ scope: 'openid offline_access', prompt: 'consent' });
      site.put('/jwks', { keys: [after.jwk] });
      client.key = after;
      pass(60);
      expect((await client.refresh(refreshToken)).status).toBe(200);
    }),

  'oidcc-registration-sector-uri': (plan) =>
    withSite(async (site) => {
      expect((await registerInSector(plan, site, ['https://a.test/cb', 'https://b.test/cb'])).status).toBe(
        201,
      );
    }),

  'oidcc-registration-sector-bad': (plan) =>
    withSite(async (site) => {
      const { status, body } = await registerInSector(plan, site, ['https://other.test/cb']);
      expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
    }),

  'oidcc-request-uri-signed-rs256': (plan) =>
    withSite(async (site) => {
      expect(plan.supported('request_object_signing_alg_values')).toContain('RS256');
      const key = await newClientKey();
      const uri = `${site.url}/request`;
      const metadata = {
        request_uris: [uri],
        request_object_signing_alg: 'RS256',
        jwks: { keys: [key.jwk] },
      };
      const client = await register(plan, metadata, key);
      const request = client.request();
      site.put('/request', await requestObject(key, client.client.clientId, plan.issuer, request));
      const visit = await client.visit({ ...request, request_uri: uri });
      await client.finish({ ...visit, request });
    }),

  /** The suite's module asks for unsigned ones to be taken: here they are refused (RFC 9101 §10.8). */
  'oidcc-request-uri-unsigned': (plan) =>
    withSite(async (site) => {
      const uri = `${site.url}/request`;
      const client = await register(plan, { request_uris: [uri] });
      const request = client.request();
      site.put('/request', new UnsecuredJWT(request).encode());
      const visit = await client.visit({ ...request, request_uri: uri });
      expectRefusal(plan, visit, [
        'invalid_request_uri',
        'invalid_request_object',
        'request_uri_not_supported',
      ]);
    }),
};

async function withSite(test: (site: ClientSite) => Promise<void>): Promise<void> {
  const site = await ClientSite.start();
  try {
    await test(site);
  } finally {
    await site.stop();
  }
}

/** OpenID Connect Registration §5: a pairwise client whose redirect URIs must be among those that are listed. */
async function registerInSector(plan: Plan, site: ClientSite, listed: readonly string[]) {
  expect(plan.supported('subject_types')).toContain('pairwise');
  const { answer } = await requestRegistration(plan, {
    redirect_uris: ['https://a.test/cb', 'https://b.test/cb'],
    subject_type: 'pairwise',
    sector_identifier_uri: site.put('/sector', listed),
  });
  return answer;
}

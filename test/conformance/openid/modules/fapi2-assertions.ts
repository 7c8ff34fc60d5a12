import { newClientKey } from '../client-key.js';
import { Fapi2Client, type Proofs } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';

const register = (plan: Plan) => Fapi2Client.register(plan);
const now = () => Math.floor(Date.now() / 1000);

/** Client assertions (§5.3.2.1): each is tried where requests are pushed, so that no code is spent. */
export const fapi2Assertions: Readonly<Record<string, Module>> = {
  'ensure-signed-client-assertion-with-RS256-fails': async (plan) => {
    const [client, rsa] = [await register(plan), await newClientKey('RS256')];
    await refusedAssertion(client, { key: { ...rsa, jwk: { ...rsa.jwk, kid: client.key.jwk.kid! } } });
  },
  'ensure-client-assertion-in-token-endpoint': async (plan) => {
    const client = await register(plan);
    const { status, body } = await client.redeem(
      await client.code(),
      { client_id: client.clientId },
      { assertion: 'none' },
    );
    expect([400, 401]).toContain(status);
    expect(body.error).toMatch(/^invalid_(client|request)$/);
  },
  'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { exp: now() - 300 } }),
  'ensure-client-assertion-with-wrong-aud-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { aud: 'https://other.test' } }),
  'ensure-client-assertion-with-no-sub-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { sub: undefined } }),
  'par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted': async (plan) => {
    const client = await register(plan);
    await client.pushed({}, { assertion: { nbf: now() + 8, iat: now() + 8 } });
  },
  'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails': async (plan) =>
    refusedAssertion(await register(plan), {
      assertion: { nbf: now() + 70, iat: now() + 70, exp: now() + 120 },
    }),
  'par-test-array-as-audience-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { aud: [plan.issuer] } }),
  'par-test-par-endpoint-url-as-audience-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { aud: `${plan.issuer}/oauth2/par` } }),
  'par-test-token-endpoint-url-as-audience-fails': async (plan) =>
    refusedAssertion(await register(plan), { assertion: { aud: `${plan.issuer}/oauth2/token` } }),
};

async function refusedAssertion(client: Fapi2Client, proofs: Proofs): Promise<void> {
  const { status, body } = await client.push({}, proofs);
  expect([status, body.error]).toEqual([401, 'invalid_client']);
}

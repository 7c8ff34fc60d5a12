import { newProofKey } from '../../../auth-server/dpop-proofs.js';
import { Fapi2Client, type Proofs } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';
import { refused } from './fapi2-tokens.js';

const register = (plan: Plan) => Fapi2Client.register(plan);
const now = () => Math.floor(Date.now() / 1000);

/** DPoP proofs, and what they bind: FAPI 2.0 Security Profile §5.3.2.1, RFC 9449. */
export const fapi2Dpop: Readonly<Record<string, Module>> = {
  'check-dpop-proof-nbf-exp': async (plan) => {
    const client = await register(plan);
    const code = await client.code();
    const claims = { nbf: now() - 5, exp: now() + 60 };
    expect((await client.redeem(code, {}, { dpop: { claims } })).status).toBe(200);
  },

  'ensure-dpopproof-with-iat-10seconds-before-succeeds': (plan) => proofIssued(plan, -10),
  'ensure-dpopproof-with-iat-10seconds-after-succeeds': (plan) => proofIssued(plan, 10),

  'ensure-mismatched-dpop-jkt-fails': async (plan) => {
    const client = await register(plan);
    const { jkt } = await newProofKey();
    const { status, body } = await client.push({ dpop_jkt: jkt }, { dpop: {} });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  },

  'ensure-token-endpoint-fails-with-mismatched-dpop-jkt': async (plan) => {
    const client = await register(plan);
    const { jkt } = await newProofKey();
    refused(await client.redeem(await client.code({ dpop_jkt: jkt })), 'invalid_grant');
  },

  'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt': async (plan) => {
    const client = await register(plan);
    const code = await client.code({}, { dpop: {} });
    refused(await client.redeem(code, {}, { proofKey: await newProofKey() }), 'invalid_grant');
  },

  'ensure-dpopproof-at-par-endpoint-binding-success': async (plan) => {
    const client = await register(plan);
    expect((await client.redeem(await client.code({}, { dpop: {} }))).status).toBe(200);
  },

  'ensure-dpop-auth-code-binding-success': async (plan) => {
    const client = await register(plan);
    const { jkt } = client.proofKey;
    expect((await client.redeem(await client.code({ dpop_jkt: jkt }))).status).toBe(200);
  },

  'ensure-holder-of-key-required': async (plan) => {
    const client = await register(plan);
    refused(await client.redeem(await client.code(), {}, { dpop: 'none' }), 'invalid_dpop_proof');
  },

  'dpop-negative-tests': async (plan) => {
    const client = await register(plan);
    const bad: NonNullable<Proofs['dpop']>[] = [
      { header: { typ: 'JWT' } },
      { claims: { htm: 'GET' } },
      { claims: { htu: 'https://other.test/oauth2/token' } },
      { claims: { iat: now() - 3_600 } },
      { claims: { iat: now() + 3_600 } },
      { claims: { iat: undefined } },
      { claims: { jti: undefined } },
      { header: { jwk: undefined } },
      { key: (await newProofKey()).privateKey },
    ];
    for (const dpop of bad)
      refused(await client.redeem(await client.code(), {}, { dpop }), 'invalid_dpop_proof');
    const proofKey = await newProofKey('RS256');
    refused(await client.redeem(await client.code(), {}, { proofKey }), 'invalid_dpop_proof');
    const { access_token: token } = await client.tokens();
    expect((await client.userinfo(token!, 'Bearer')).status).toBe(401);
    expect((await client.userinfo(token!, 'DPoP', await newProofKey())).status).toBe(401);
  },
};

async function proofIssued(plan: Plan, seconds: number): Promise<void> {
  const client = await register(plan);
  const code = await client.code();
  expect((await client.redeem(code, {}, { dpop: { claims: { iat: now() + seconds } } })).status).toBe(200);
}

import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../auth-server/auth-server.js';
import { newProofKey } from '../../../auth-server/dpop-proofs.js';
import { Fapi2Client, type Proofs } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';
import { pass } from '../time.js';

const register = (plan: Plan) => Fapi2Client.register(plan);
const now = () => Math.floor(Date.now() / 1000);

/** The token endpoint, sender-constrained tokens and client assertions: FAPI 2.0 Security Profile §5.3.2.1, §5.3.3. */
export const fapi2Tokens: Readonly<Record<string, Module>> = {
  'discovery-end-point-verification': async (plan) => {
    const { metadata } = plan;
    expect(plan.issuer).toMatch(/^https:/);
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
    expect(metadata.pushed_authorization_request_endpoint).toMatch(/^https:/);
    expect(plan.supported('code_challenge_methods')).toEqual(['S256']);
    expect(plan.supported('token_endpoint_auth_methods')).toContain('private_key_jwt');
    for (const name of [
      'id_token_signing_alg_values',
      'dpop_signing_alg_values',
      'token_endpoint_auth_signing_alg_values',
    ])
      expect(plan.supported(name)).toEqual(expect.arrayContaining(['PS256', 'ES256']));
  },

  'happy-flow': async (plan) => {
    for (const client of [await register(plan), await register(plan)]) {
      const nonce = randomUUID();
      const { id_token: idToken, access_token: token } = await client.tokens({ nonce });
      const { sub } = await client.rp.validate(idToken!, { nonce });
      expect((await client.userinfo(token!)).body.sub).toBe(sub);
    }
  },

  'access-token-type-header-case-sensitivity': async (plan) => {
    const client = await register(plan);
    const { access_token: token } = await client.tokens();
    for (const scheme of ['DPoP', 'dpop', 'DPOP', 'dPoP'])
      expect([scheme, (await client.userinfo(token!, scheme)).status]).toEqual([scheme, 200]);
  },

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

  'ensure-client-id-in-token-endpoint': async (plan) => {
    const [client, other] = [await register(plan), await register(plan)];
    const code = await client.code();
    expect((await client.redeem(code, { client_id: other.clientId })).status).toBeGreaterThanOrEqual(400);
  },

  'ensure-authorization-code-is-bound-to-client': async (plan) => {
    const [client, other] = [await register(plan), await register(plan)];
    const members = { code_verifier: client.verifier, redirect_uri: client.rp.redirectUri };
    refused(await other.redeem(await client.code(), members), 'invalid_grant');
  },

  'attempt-reuse-authorization-code-after-one-second': async (plan) => {
    const client = await register(plan);
    const code = await client.code();
    const { access_token: token } = (await client.redeem(code)).body;
    await pass(plan.server, 1);
    refused(await client.redeem(code), 'invalid_grant');
    expect((await client.userinfo(token as string)).status).toBe(401);
  },

  'ensure-token-endpoint-fails-with-expired-auth-code': async (plan) => {
    const client = await register(plan);
    const code = await client.code();
    await pass(plan.server, 61);
    refused(await client.redeem(code), 'invalid_grant');
  },

  'ensure-pkce-code-verifier-required': async (plan) => {
    const client = await register(plan);
    const { status, body } = await client.redeem(await client.code(), { code_verifier: undefined });
    expect([status, ['invalid_grant', 'invalid_request'].includes(body.error as string)]).toEqual([
      400,
      true,
    ]);
  },

  'incorrect-pkce-code-verifier-rejected': async (plan) => {
    const client = await register(plan);
    refused(await client.redeem(await client.code(), { code_verifier: 'v'.repeat(43) }), 'invalid_grant');
  },

  /** §5.3.2.1: the token stays what it is, is the client's alone, and is nothing without its authentication. */
  'refresh-token': async (plan) => {
    const [client, other] = [await register(plan), await register(plan)];
    const { refresh_token: token } = await client.tokens({ scope: 'openid offline_access' });
    for (const round of [1, 2]) {
      const { status, body } = await client.refresh(token);
      expect({ round, status, token: body.refresh_token ?? token }).toEqual({ round, status: 200, token });
    }
    refused(await other.refresh(token), 'invalid_grant');
    refused(await client.refresh(token, { dpop: 'none' }), 'invalid_dpop_proof');
    expect((await client.refresh(token, { assertion: 'none' })).body.error).toMatch(
      /^invalid_(client|request)$/,
    );
  },
};

async function proofIssued(plan: Plan, seconds: number): Promise<void> {
  const client = await register(plan);
  const code = await client.code();
  expect((await client.redeem(code, {}, { dpop: { claims: { iat: now() + seconds } } })).status).toBe(200);
}

function refused({ status, body }: Answer, error: string): void {
  expect([status, body.error]).toEqual([400, error]);
}

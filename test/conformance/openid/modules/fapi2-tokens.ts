import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../auth-server/auth-server.js';
import { Fapi2Client } from '../fapi2-client.js';
import type { Module, Plan } from '../plan.js';
import { expire, pass } from '../time.js';

const register = (plan: Plan) => Fapi2Client.register(plan);

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
    pass(1);
    refused(await client.redeem(code), 'invalid_grant');
    expect((await client.userinfo(token as string)).status).toBe(401);
  },

  'ensure-token-endpoint-fails-with-expired-auth-code': async (plan) => {
    const client = await register(plan);
    const code = await client.code();
    await expire(plan.server, 61);
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

/** RFC 6749 §5.2. */
export function refused({ status, body }: Answer, error: string): void {
  expect([status, body.error]).toEqual([400, error]);
}

import { decodeProtectedHeader } from 'jose';
import type { Module } from '../plan.js';

/** Signatures of ID Tokens: OpenID Connect Core §2, §3.1.3.7, §10.1. */
export const idToken: Readonly<Record<string, Module>> = {
  'oidcc-idtoken-signature': async (plan) => {
    const { idToken } = await (await plan.register()).complete();
    const { alg, kid } = decodeProtectedHeader(idToken!);
    const key = (await plan.jwks()).keys.find((one) => one.kid === kid);
    expect(key).toMatchObject({ kty: 'RSA', use: 'sig' });
    expect(alg).toBe('RS256');
  },

  'oidcc-idtoken-rs256': async (plan) => {
    const client = await plan.register({ id_token_signed_response_alg: 'RS256' });
    const { idToken } = await client.complete();
    expect(decodeProtectedHeader(idToken!).alg).toBe('RS256');
  },

  /** Skipped by the suite where `none` is not announced: here it is shown to be refused, too. */
  'oidcc-idtoken-unsigned': async (plan) => {
    expect(plan.supported('id_token_signing_alg_values')).not.toContain('none');
    await expect(plan.register({ id_token_signed_response_alg: 'none' })).rejects.toThrow(
      'id_token_signed_response_alg',
    );
  },
};

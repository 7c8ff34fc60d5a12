import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';

/** The claims of a valid ID Token (OpenID Connect Core §2). */
export interface IdToken extends JWTPayload {
  readonly sub: string;
  readonly auth_time?: number;
  readonly at_hash?: string;
  readonly c_hash?: string;
  readonly nonce?: string;
  readonly amr?: readonly string[];
}

export interface Expected {
  readonly jwks: JSONWebKeySet;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: string;
  readonly nonce: string | undefined;
  /** Issued beside it by the authorization endpoint: its hash must be there (§3.3.2.11). */
  readonly code?: string | undefined;
  readonly accessToken?: string | undefined;
}

/** OpenID Connect Core §3.1.3.7 and §3.2.2.11; fails the test when anything is wrong. */
export async function validIdToken(token: string | undefined, expected: Expected): Promise<IdToken> {
  const { jwks, issuer, audience, algorithm, nonce, code, accessToken } = expected;
  const { payload, protectedHeader } = await jwtVerify(String(token), createLocalJWKSet(jwks), {
    issuer,
    audience,
    algorithms: [algorithm],
    requiredClaims: ['sub', 'exp', 'iat'],
  });
  const claims = payload as IdToken;
  expect(jwks.keys.map(({ kid }) => kid)).toContain(protectedHeader.kid);
  expect(claims.sub).toMatch(/^[\x20-\x7E]{1,255}$/);
  expect(claims.nonce).toBe(nonce);
  if (Array.isArray(claims.aud) && claims.aud.length > 1) expect(claims.azp).toBe(audience);
  if (code !== undefined) expect(claims.c_hash).toBe(leftHalf(code, algorithm));
  if (accessToken !== undefined) expect(claims.at_hash).toBe(leftHalf(accessToken, algorithm));
  return claims;
}

function leftHalf(value: string, algorithm: string): string {
  const digest = createHash(algorithm === 'EdDSA' || algorithm === 'Ed25519' ? 'sha512' : 'sha256')
    .update(value, 'ascii')
    .digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

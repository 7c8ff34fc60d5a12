import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Confirmation } from './confirmation.js';
import { isCompactJws } from './compact-jws.js';
import { parseScope } from './scope.js';

/** The algorithms an access token may be signed with; nothing symmetric, so no key confusion (RFC 8725 §3.1). */
export const ACCESS_TOKEN_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

/** The `typ` of an access token (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Who acts for the subject, and for whom they act in turn (RFC 8693 §4.1). */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

/** What a Gatehouse access token says (RFC 9068 §2.2), besides `grant_id`, by which all tokens of a grant are revoked. */
export interface AccessTokenClaims extends JWTPayload {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | string[];
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly client_id: string;
  readonly scope?: string;
  readonly grant_id?: string;
  /** The key that whoever uses the token must prove to have. */
  readonly cnf?: Confirmation;
  readonly act?: Actor;
}

/** A token whose signature, `typ`, `iss` and times were found good. Its audience and scopes are the route's to check. */
export interface VerifiedAccessToken {
  readonly claims: AccessTokenClaims;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  /** The id of the key that signed it. */
  readonly kid: string;
}

/** The token is of no use; `reason` may be shown to whoever sent it (RFC 6750 `error_description`). */
export class InvalidTokenError extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'InvalidTokenError';
  }
}

/**
 * Verifies access tokens of one issuer.
 * @param getKey the issuer's keys: jose's `createRemoteJWKSet` or `createLocalJWKSet`
 */
export function accessTokenVerifier(issuer: string, getKey: JWTVerifyGetKey) {
  const options = {
    issuer,
    typ: ACCESS_TOKEN_TYPE,
    algorithms: [...ACCESS_TOKEN_ALGORITHMS],
    requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
    clockTolerance: 0,
  };
  /** @throws InvalidTokenError when the token is no good; other errors mean the keys could not be had */
  return async function verify(token: string): Promise<VerifiedAccessToken> {
    if (!isCompactJws(token)) throw new InvalidTokenError('The token is malformed');
    try {
      const { payload, protectedHeader } = await jwtVerify<AccessTokenClaims>(token, getKey, options);
      return {
        claims: payload,
        audiences: typeof payload.aud === 'string' ? [payload.aud] : payload.aud,
        scopes: (typeof payload.scope === 'string' && parseScope(payload.scope)) || [],
        kid: protectedHeader.kid ?? '',
      };
    } catch (error) {
      throw asInvalidToken(error);
    }
  };
}

/** What jose found wrong with a token, as an `InvalidTokenError`; other errors as they are. */
export function asInvalidToken(error: unknown): unknown {
  const reason = reasonOf(error);
  return reason === undefined ? error : new InvalidTokenError(reason);
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token's ${error.claim} is not accepted here`;
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with an unknown key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is wrong";
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token's algorithm is not accepted here";
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return undefined;
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The token names no key';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return 'The token is malformed';
  if (error instanceof errors.JOSENotSupported) return 'The token uses a feature that is not accepted here';
  return undefined;
}

import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { equalSecrets } from './secret.js';

/** Nothing symmetric, and not `none` (RFC 9449 §4.3, check 5). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;

/** How far a proof's `iat` may be from now, either way (RFC 9449 §11.1). */
export const DPOP_WINDOW_S = 60;

const MAX_PROOF = 4_096;
const MAX_JTI = 256;
/** RFC 9449 §8.1. */
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The request that a proof must be for. */
export interface DpopTarget {
  readonly method: string;
  /** As the client sees it; query and fragment count for nothing (RFC 9449 §4.3, check 9). */
  readonly url: string;
  /** At a resource: the access token that comes with it. */
  readonly accessToken?: string;
}

/** A proof that fits its request. Whether its `jti` is new and its `nonce` good is the caller's to find out. */
export interface DpopProof {
  /** The thumbprint of the key (RFC 7638). */
  readonly jkt: string;
  readonly jti: string;
  readonly nonce: string | undefined;
}

/** The proof is of no use; `reason` may be told to whoever sent it. */
export class InvalidDpopProofError extends Error {
  override readonly name = 'InvalidDpopProofError';
  constructor(readonly reason: string) {
    super(reason);
  }
}

/**
 * Checks a DPoP proof as RFC 9449 §4.3 lists it, but for replay and nonce.
 * @param proof the value of the DPoP header field; two fields arrive joined by a comma, and are refused (check 1)
 * @throws InvalidDpopProofError
 */
export async function readDpopProof(proof: string, target: DpopTarget): Promise<DpopProof> {
  if (proof.length > MAX_PROOF || !COMPACT_JWS.test(proof)) throw fault('is not one signed JWT');
  const { payload, jwk } = await verify(proof);
  if (payload.htm !== target.method) throw fault('is for another method (htm)');
  if (typeof payload.htu !== 'string' || !isSameTarget(payload.htu, target.url))
    throw fault('is for another address (htu)');
  checkTime(payload.iat);
  if (typeof payload.jti !== 'string' || payload.jti.length === 0 || payload.jti.length > MAX_JTI)
    throw fault(`needs a jti of at most ${MAX_JTI} characters`);
  checkAccessToken(payload.ath, target.accessToken);
  return { jkt: await calculateJwkThumbprint(jwk), jti: payload.jti, nonce: nonceOf(payload.nonce) };
}

/** The proof's `ath`: the hash of the access token it comes with (RFC 9449 §4.2). */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest('base64url');
}

async function verify(proof: string): Promise<{ payload: JWTPayload; jwk: JWK }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...DPOP_ALGORITHMS],
    });
    // jose has seen to it that it is there, and that it is a public key (check 7).
    return { payload, jwk: protectedHeader.jwk as JWK };
  } catch (error) {
    throw fault(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JOSEAlgNotAllowed)
    return `must be signed with one of ${DPOP_ALGORITHMS.join(' ')}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'has a wrong signature';
  if (error instanceof errors.JWTClaimValidationFailed) return `has a ${error.claim} that is not accepted`;
  return 'is malformed, or its jwk is not a public key for its alg';
}

/** RFC 3986 §6.2.2 and §6.2.3: as `URL` writes it, without query and fragment. */
function isSameTarget(htu: string, url: string): boolean {
  const said = withoutQuery(htu);
  return said !== undefined && said === withoutQuery(url);
}

function withoutQuery(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  url.search = '';
  url.hash = '';
  return url.href;
}

function checkTime(iat: unknown): void {
  if (typeof iat !== 'number') throw fault('has no iat');
  if (Math.abs(Date.now() / 1000 - iat) > DPOP_WINDOW_S) throw fault('is too old, or of the future (iat)');
}

function checkAccessToken(ath: unknown, accessToken: string | undefined): void {
  if (accessToken === undefined) return;
  if (typeof ath !== 'string' || !equalSecrets(ath, accessTokenHash(accessToken)))
    throw fault('is for another access token (ath)');
}

function nonceOf(nonce: unknown): string | undefined {
  if (nonce === undefined) return undefined;
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) throw fault('has a malformed nonce');
  return nonce;
}

function fault(text: string): InvalidDpopProofError {
  return new InvalidDpopProofError(`The DPoP proof ${text} (RFC 9449 section 4.3)`);
}

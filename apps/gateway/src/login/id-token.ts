import { InvalidTokenError, isCompactJws, leftHalfHash } from '@gatehouse/token';
import { type JWTPayload, jwtVerify } from 'jose';
import type { LoginClient } from './login-client.js';
import type { Provider } from './provider.js';
import { refusalOf } from './token-refusal.js';

/** How far the provider's clock may be from ours. */
const CLOCK_TOLERANCE_S = 10;
/** RFC 8725 §3.11: an access token or a logout token is no ID Token, whoever signed it. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'JWT', 'jwt']);

export interface IdTokenClaims extends JWTPayload {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  /** The session at the provider (OpenID Connect Back-Channel Logout §2.1). */
  readonly sid?: string;
}

/** What an ID Token must agree with. */
export interface IdTokenContext {
  readonly client: LoginClient;
  readonly provider: Provider;
  /** Issued with it. */
  readonly accessToken: string;
  /** Of the authorization request; undefined after a refresh, which has none (OpenID Connect Core §12.2). */
  readonly nonce: string | undefined;
}

/**
 * OpenID Connect Core §3.1.3.7, all of it: the signature too, though TLS would do (point 6).
 * @throws InvalidTokenError when it is no good; other errors mean that the provider's keys cannot be had
 */
export async function verifyIdToken(token: string, context: IdTokenContext): Promise<IdTokenClaims> {
  const { client, provider } = context;
  if (!isCompactJws(token)) throw new InvalidTokenError('The ID Token is malformed');
  const { payload, protectedHeader } = await jwtVerify<IdTokenClaims>(token, provider.keys, {
    issuer: provider.issuer,
    audience: client.clientId,
    algorithms: [client.idTokenAlg],
    requiredClaims: ['sub', 'exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_S,
  }).catch((error: unknown) => {
    throw refusalOf(error, 'ID Token');
  });
  if (!TYPES.has(protectedHeader.typ)) throw new InvalidTokenError('The ID Token is a JWT of another type');
  if (typeof payload.sub !== 'string' || payload.sub === '' || payload.sub.length > 255)
    throw new InvalidTokenError('The ID Token names nobody');
  demandAuthorizedParty(payload, client);
  demandFresh(payload, context);
  demandAccessToken(payload, client.idTokenAlg, context.accessToken);
  return payload;
}

/** Points 3 to 5: of several audiences, ours must be the one it was issued to. */
function demandAuthorizedParty({ aud, azp }: IdTokenClaims, { clientId }: LoginClient): void {
  const several = Array.isArray(aud) && aud.length > 1;
  if ((several || azp !== undefined) && azp !== clientId)
    throw new InvalidTokenError('The ID Token was issued to another client (azp)');
}

/** Points 10 to 13. */
function demandFresh({ nonce, iat, auth_time: authTime }: IdTokenClaims, context: IdTokenContext): void {
  const now = Date.now() / 1000;
  if (iat > now + CLOCK_TOLERANCE_S) throw new InvalidTokenError('The ID Token is of the future (iat)');
  if (context.nonce === undefined) return;
  if (nonce !== context.nonce) throw new InvalidTokenError('The ID Token answers another request (nonce)');
  const { maxAge } = context.client;
  if (maxAge === undefined) return;
  if (typeof authTime !== 'number' || authTime + maxAge + CLOCK_TOLERANCE_S < now)
    throw new InvalidTokenError('The sign-in at the provider is too long ago (auth_time)');
}

/** §3.1.3.8: the access token beside it is the one it was issued with. */
function demandAccessToken({ at_hash: hash }: IdTokenClaims, alg: string, accessToken: string): void {
  if (hash !== undefined && hash !== leftHalfHash(alg, accessToken))
    throw new InvalidTokenError('The ID Token was issued with another access token (at_hash)');
}

import { InvalidTokenError, isCompactJws } from '@gatehouse/token';
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { LoginClient } from './login-client.js';
import type { Provider } from './provider.js';
import { refusalOf } from './token-refusal.js';

const TYPE = 'logout+jwt';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** §2.4 recommends two minutes at most; what comes later was kept back by somebody. */
const MAX_AGE_S = 300;
const CLOCK_TOLERANCE_S = 10;
const MAX_NAME = 255;

/** How long a logout token could be sent again, in seconds: its `jti` is remembered for that. */
export const REPLAY_S = MAX_AGE_S + 2 * CLOCK_TOLERANCE_S;

/** Whose sessions end. */
export interface Logout {
  readonly jti: string;
  readonly iat: number;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
}

/** Who a logout token says it is from and for, before anything of it is believed. */
export function addresseeOf(token: string): { issuer: string; clientIds: readonly string[] } | undefined {
  if (!isCompactJws(token)) return undefined;
  let claims: JWTPayload;
  try {
    claims = decodeJwt(token);
  } catch {
    return undefined;
  }
  const clientIds = [claims.aud ?? []].flat();
  if (typeof claims.iss !== 'string' || !clientIds.every((one) => typeof one === 'string')) return undefined;
  return { issuer: claims.iss, clientIds };
}

/**
 * OpenID Connect Back-Channel Logout §2.6, but for the replay, which is the store's to know.
 * @throws InvalidTokenError when it is no good; other errors mean that the provider's keys cannot be had
 */
export async function verifyLogoutToken(
  token: string,
  client: LoginClient,
  provider: Provider,
): Promise<Logout> {
  const { payload } = await jwtVerify(token, provider.keys, {
    issuer: provider.issuer,
    audience: client.clientId,
    algorithms: [client.idTokenAlg],
    // An ID Token of the same provider is signed alike, and the browser has seen it (RFC 8725 §3.11).
    typ: TYPE,
    requiredClaims: ['iat', 'jti', 'events'],
    maxTokenAge: MAX_AGE_S,
    clockTolerance: CLOCK_TOLERANCE_S,
  }).catch((error: unknown) => {
    throw refusalOf(error, 'logout token');
  });
  if ('nonce' in payload) throw new InvalidTokenError('The logout token has a nonce, as ID Tokens have');
  const event = (payload.events as Record<string, unknown> | null)?.[EVENT];
  if (typeof event !== 'object' || event === null)
    throw new InvalidTokenError('The logout token tells of another event');
  const { jti, iat, sub, sid } = payload;
  if (!isName(jti)) throw new InvalidTokenError('The jti of the logout token is no text');
  if (
    (sub !== undefined && !isName(sub)) ||
    (sid !== undefined && !isName(sid)) ||
    (sub ?? sid) === undefined
  )
    throw new InvalidTokenError('The logout token names neither a person nor a session');
  return { jti, iat: iat!, sub, sid: sid as string | undefined };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
}

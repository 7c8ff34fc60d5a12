import { type BearerChallenge, missingScopes } from '@gatehouse/token';
import type { CallerToken } from './caller-token.js';
import type { ClaimsCondition } from './claims-condition.js';

/** Why a good token is not enough. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly challenge: BearerChallenge & { readonly errorDescription: string };
}

/** Something that a token must fulfil; undefined: it does. */
export type Demand = (token: CallerToken) => Refusal | undefined;

/** What a token must allow (RFC 9396): an element of this type that has everything that is listed. */
export interface NeededDetail {
  readonly type: string;
  readonly actions?: readonly string[] | undefined;
  readonly locations?: readonly string[] | undefined;
  readonly datatypes?: readonly string[] | undefined;
  readonly privileges?: readonly string[] | undefined;
  readonly identifier?: string | undefined;
}

export interface Demanded {
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  readonly any_scope?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly claims?: ClaimsCondition | undefined;
  readonly acr_values?: readonly string[] | undefined;
  readonly max_age?: number | undefined;
  readonly authorization_details?: readonly NeededDetail[] | undefined;
}

/** What a route demands, in the order in which it is told; what is not demanded is not looked at. */
export function tokenDemands(demanded: Demanded): Demand[] {
  const { scopes, any_scope: anyScope, roles, claims, authorization_details: details } = demanded;
  return [
    forAudience(demanded.audience),
    scopes.length > 0 && allScopes(scopes),
    anyScope && oneScope(anyScope),
    roles && oneRole(roles),
    details && allDetails(details),
    claims && condition(claims),
    signedIn(demanded),
  ].filter((demand) => demand !== undefined && demand !== false);
}

function forAudience(audience: readonly string[]): Demand {
  const refusal = invalid('The token is for another API');
  return ({ audiences }) => (audience.some((one) => audiences.includes(one)) ? undefined : refusal);
}

function allScopes(scopes: readonly string[]): Demand {
  return (token) => {
    if (scopes.every((one) => token.scopes.includes(one))) return undefined;
    const missing = missingScopes(token.scopes, scopes);
    return insufficient(`The token lacks the scope ${missing.join(' ')}`, scopes);
  };
}

function oneScope(scopes: readonly string[]): Demand {
  const refusal = insufficient(`The token has none of the scopes ${scopes.join(' ')}`, scopes);
  return (token) => (scopes.some((one) => token.scopes.includes(one)) ? undefined : refusal);
}

function oneRole(roles: readonly string[]): Demand {
  const refusal = insufficient('The token has no role that may call this');
  return (token) => (roles.some((one) => token.roles.includes(one)) ? undefined : refusal);
}

function condition(fulfilled: ClaimsCondition): Demand {
  const refusal = insufficient('The claims of the token do not allow this');
  return ({ claims }) => (fulfilled(claims) ? undefined : refusal);
}

function allDetails(needed: readonly NeededDetail[]): Demand {
  const refusal = insufficient('The authorization_details of the token do not allow this');
  return ({ claims: { authorization_details: granted } }) => {
    if (!Array.isArray(granted)) return refusal;
    return needed.every((one) => granted.some((detail) => covers(detail, one))) ? undefined : refusal;
  };
}

/** RFC 9396 §2.2: a member that the token leaves out grants nothing that is asked for by it. */
function covers(granted: unknown, needed: NeededDetail): boolean {
  if (typeof granted !== 'object' || granted === null) return false;
  const members = granted as Record<string, unknown>;
  return Object.entries(needed).every(([name, value]: [string, unknown]) => {
    const had = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!Array.isArray(value)) return value === undefined || had === value;
    return Array.isArray(had) && value.every((one) => had.includes(one));
  });
}

/** RFC 9470 §3: how, and how long ago, the user signed in; a token that does not say is not enough. */
function signedIn({ acr_values: acrValues, max_age: maxAge }: Demanded): Demand | undefined {
  if (acrValues === undefined && maxAge === undefined) return undefined;
  const challenge = {
    error: 'insufficient_user_authentication' as const,
    acrValues: acrValues ?? [],
    maxAge,
  };
  const weak = 'The way in which the user signed in is not enough here';
  const old = 'The user signed in too long ago';
  const refusal = (errorDescription: string): Refusal => ({
    status: 401,
    challenge: { ...challenge, errorDescription },
  });
  return ({ claims: { acr, auth_time: authTime } }) => {
    if (acrValues && !(typeof acr === 'string' && acrValues.includes(acr))) return refusal(weak);
    if (maxAge === undefined) return undefined;
    const isRecent = typeof authTime === 'number' && Date.now() / 1000 - authTime <= maxAge;
    return isRecent ? undefined : refusal(old);
  };
}

function invalid(errorDescription: string): Refusal {
  return { status: 401, challenge: { error: 'invalid_token', errorDescription } };
}

/** RFC 6750 §3.1: more rights are needed than the token has. */
function insufficient(errorDescription: string, scope: readonly string[] = []): Refusal {
  return { status: 403, challenge: { error: 'insufficient_scope', errorDescription, scope } };
}

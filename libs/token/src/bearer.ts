import type { TokenType } from './confirmation.js';

/** RFC 6750 §2.1: the scheme is case-insensitive, the token of the `b68` characters. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of an `Authorization` header, or undefined when it is absent or of another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** RFC 9449 §7.1. */
const DPOP = /^DPoP +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** An access token as a request presents it. */
export interface PresentedToken {
  readonly scheme: TokenType;
  readonly token: string;
}

/** The token of an `Authorization` header in either scheme, or undefined when there is none. */
export function presentedToken(authorization: string | undefined): PresentedToken | undefined {
  const bearer = bearerToken(authorization);
  if (bearer !== undefined) return { scheme: 'Bearer', token: bearer };
  const bound = authorization === undefined ? undefined : DPOP.exec(authorization)?.[1];
  return bound === undefined ? undefined : { scheme: 'DPoP', token: bound };
}

export interface BearerChallenge {
  /** Default Bearer; DPoP for tokens bound to a key (RFC 9449 §7.1). */
  readonly scheme?: TokenType;
  /** The algorithms that DPoP proofs may have. */
  readonly algs?: readonly string[];
  /** Left out when the request had no token at all (RFC 6750 §3.1). */
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce';
  readonly errorDescription?: string;
  /** What the resource needs. */
  readonly scope?: readonly string[];
  /** How the user must have signed in, in order of preference (RFC 9470 §3). */
  readonly acrValues?: readonly string[];
  /** How long ago at most, in seconds (RFC 9470 §3). */
  readonly maxAge?: number | undefined;
  readonly realm?: string;
  /** Where the resource says how to get a token (RFC 9728 §5.1). */
  readonly resourceMetadata?: string | undefined;
}

/** A `WWW-Authenticate` value (RFC 6750 §3). */
export function bearerChallenge(challenge: BearerChallenge): string {
  const members: [string, string | undefined][] = [
    ['realm', challenge.realm ?? 'gatehouse'],
    ['error', challenge.error],
    ['error_description', challenge.errorDescription],
    ['resource_metadata', challenge.resourceMetadata],
    ['scope', listed(challenge.scope)],
    ['acr_values', listed(challenge.acrValues)],
    ['max_age', challenge.maxAge?.toString()],
    ['algs', listed(challenge.algs)],
  ];
  const written = members
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(value!)}`);
  return `${challenge.scheme ?? 'Bearer'} ${written.join(', ')}`;
}

function listed(values: readonly string[] = []): string | undefined {
  return values.length > 0 ? values.join(' ') : undefined;
}

function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7E]/g, '?').replace(/["\\]/g, "'")}"`;
}

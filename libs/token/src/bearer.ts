/** RFC 6750 §2.1: the scheme is case-insensitive, the token of the `b68` characters. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of an `Authorization` header, or undefined when it is absent or of another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

export interface BearerChallenge {
  /** Left out when the request had no token at all (RFC 6750 §3.1). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  readonly errorDescription?: string;
  /** What the resource needs. */
  readonly scope?: readonly string[];
  readonly realm?: string;
}

/** A `WWW-Authenticate` value (RFC 6750 §3). */
export function bearerChallenge(challenge: BearerChallenge): string {
  const members: [string, string | undefined][] = [
    ['realm', challenge.realm ?? 'gatehouse'],
    ['error', challenge.error],
    ['error_description', challenge.errorDescription],
    ['scope', challenge.scope && challenge.scope.length > 0 ? challenge.scope.join(' ') : undefined],
  ];
  const written = members
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(value!)}`);
  return `Bearer ${written.join(', ')}`;
}

function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7E]/g, '?').replace(/["\\]/g, "'")}"`;
}

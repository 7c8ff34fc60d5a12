import { OAuthError } from '@gatehouse/http';
import { readUnverifiedJwt } from '@gatehouse/token';
import { invalidClient } from '@gatehouse/client';
import type { ClientAuthenticationRequest } from './client-authenticator.js';

/** RFC 7523 §2.2. */
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** `typ` of a client assertion, where its client says it (RFC 7523bis §4). */
export const CLIENT_ASSERTION_TYPES = ['client-authentication+jwt'];

/** What a client assertion says of itself, unverified. */
export interface ClientAssertion {
  readonly jwt: string;
  readonly alg: string;
  readonly clientId: string;
}

/**
 * Reads `client_assertion` (RFC 7521 §4.2).
 * @throws OAuthError invalid_client when it is no JWT that names a client
 */
export function readClientAssertion({
  parameters,
}: ClientAuthenticationRequest): ClientAssertion | undefined {
  const { client_assertion: jwt, client_assertion_type: type } = parameters;
  if (jwt === undefined && type === undefined) return undefined;
  if (jwt === undefined || type === undefined) {
    throw new OAuthError(
      'invalid_request',
      'client_assertion and client_assertion_type go together (RFC 7521 section 4.2)',
    );
  }
  if (type !== TYPE) throw invalidClient(`client_assertion_type must be ${TYPE}`, false);
  const unverified = readUnverifiedJwt(jwt);
  const { sub } = unverified?.claims ?? {};
  if (!unverified || typeof sub !== 'string' || typeof unverified.header.alg !== 'string') {
    throw invalidClient('client_assertion is not a signed JWT with sub (RFC 7523 section 3)', false);
  }
  return { jwt, alg: unverified.header.alg, clientId: sub };
}

/**
 * What `aud` may be: the issuer, the token endpoint (RFC 7523 §3), or the endpoint that is called (RFC 9126 §2, OpenID
 * Connect CIBA §7.1).
 */
export function clientAssertionAudiences(issuer: string, path: string | undefined): ReadonlySet<string> {
  return new Set([issuer, `${issuer}/oauth2/token`, ...(path === undefined ? [] : [issuer + path])]);
}

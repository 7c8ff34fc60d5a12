import { OAuthError } from '@gatehouse/http';
import type { JWTPayload } from 'jose';
import { only, type Source } from '../authorize/authorization-request.js';

/** Claims about the request object itself (RFC 7519 §4.1), which are no parameters. */
const OF_THE_JWT: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/** The claims of a request object as request parameters (RFC 9101 §4). @throws OAuthError invalid_request_object */
export function parametersOf(claims: JWTPayload): Source {
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(claims)) {
    if (!OF_THE_JWT.has(name)) parameters[name] = parameterOf(name, value);
  }
  return parameters;
}

/** A JSON value as it would stand in a query: only `claims` and `authorization_details` are JSON there, too. */
function parameterOf(name: string, value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (name === 'resource' && Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return value;
  if (name === 'claims' || name === 'authorization_details') return JSON.stringify(value);
  throw new OAuthError('invalid_request_object', 'A member of the request object is neither text nor number');
}

/**
 * What of the parameters beside the object still counts. RFC 9101 §6.3: none but `client_id`. OpenID Connect Core §6.1,
 * by which an object is no `oauth-authz-req+jwt`, has a `response_type` that must agree, and serves where it has none.
 * @throws OAuthError invalid_request
 */
export function withOuter(parameters: Source, outer: Source, clientId: string, isOpenId: boolean): Source {
  const outerType = only(outer, 'response_type');
  const type = parameters.response_type;
  if (!isOpenId || outerType === undefined) return { ...parameters, client_id: clientId };
  if (type !== undefined && type !== outerType) {
    throw new OAuthError('invalid_request', 'response_type differs from the one in the request object');
  }
  return { ...parameters, client_id: clientId, response_type: outerType };
}

import { OAuthError } from '@gatehouse/http';

/** How a request to the token endpoint says which client sends it (RFC 6749 §2.3). */
export type ClientCredentials =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'none'; readonly clientId: string };

/**
 * Reads the client's credentials from a request.
 * @throws OAuthError invalid_request when there are two kinds at once (RFC 6749 §2.3), invalid_client when there are none
 */
export function readClientCredentials(
  authorization: string | undefined,
  body: Readonly<Record<string, string | undefined>>,
): ClientCredentials {
  const basic = authorization === undefined ? undefined : readBasic(authorization);
  const { client_id: clientId, client_secret: secret } = body;
  if (basic && secret !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'Use one method of client authentication, not two (RFC 6749 section 2.3)',
    );
  }
  if (basic && clientId !== undefined && clientId !== basic.clientId) {
    throw new OAuthError(
      'invalid_request',
      'client_id differs between the Authorization header and the body',
    );
  }
  if (basic) return { method: 'client_secret_basic', ...basic };
  if (clientId === undefined)
    throw invalidClient('The request names no client: send client_id, or HTTP Basic', false);
  if (secret !== undefined) return { method: 'client_secret_post', clientId, secret };
  return { method: 'none', clientId };
}

/** RFC 6749 §5.2: 401, with the scheme to use when the client tried the Authorization header. */
export function invalidClient(description: string, usedHeader: boolean): OAuthError {
  return new OAuthError('invalid_client', description, {
    headers: usedHeader ? { 'www-authenticate': 'Basic realm="gatehouse", charset="UTF-8"' } : {},
  });
}

/** RFC 6749 §2.3.1: both parts are form-urlencoded before they are joined. */
function readBasic(authorization: string): { clientId: string; secret: string } {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization)?.[1];
  const joined = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = joined.indexOf(':');
  if (colon < 1)
    throw invalidClient('The Authorization header is not HTTP Basic of client_id and client_secret', true);
  try {
    return { clientId: formDecode(joined.slice(0, colon)), secret: formDecode(joined.slice(colon + 1)) };
  } catch {
    throw invalidClient(
      'client_id and client_secret must be form-urlencoded in HTTP Basic (RFC 6749 section 2.3.1)',
      true,
    );
  }
}

function formDecode(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '));
}

import { OAuthError } from '@gatehouse/http';

/** A client's id and secret, as HTTP Basic carries them. */
export interface BasicCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/**
 * Reads HTTP Basic. RFC 6749 §2.3.1: both parts are form-urlencoded before they are joined.
 * @returns undefined when there is no header, or one of another scheme
 * @throws OAuthError invalid_client when it is malformed
 */
export function readBasicCredentials(authorization: string | undefined): BasicCredentials | undefined {
  if (authorization === undefined || !/^Basic(?: |$)/i.test(authorization)) return undefined;
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

/** RFC 6749 §5.2: 401, with the scheme to use when the client tried the Authorization header. */
export function invalidClient(description: string, usedHeader: boolean): OAuthError {
  return new OAuthError('invalid_client', description, {
    headers: usedHeader ? { 'www-authenticate': 'Basic realm="gatehouse", charset="UTF-8"' } : {},
  });
}

function formDecode(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '));
}

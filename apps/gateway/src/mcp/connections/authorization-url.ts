import type { UsableServer } from './find-authorization-server.js';

interface Asked {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly state: string;
  readonly challenge: string;
  readonly scopes: readonly string[] | undefined;
}

/** Leave to renew tokens without the user (OpenID Connect Core §11); asked for where scopes are asked for at all. */
const OFFLINE = 'offline_access';

/** RFC 6749 §4.1.1, with RFC 7636 and RFC 8707. */
export function authorizationUrl(
  { authorization_endpoint, scopes_supported }: UsableServer,
  { clientId, redirectUri, resource, state, challenge, scopes }: Asked,
): string {
  const isOffline = scopes !== undefined && [...scopes, ...(scopes_supported ?? [])].includes(OFFLINE);
  const scope = isOffline ? [...new Set([...scopes, OFFLINE])] : scopes;
  const url = new URL(authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    resource,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(scope && scope.length > 0 && { scope: scope.join(' ') }),
    // OpenID Connect Core §11: without it, the scope is ignored.
    ...(isOffline && { prompt: 'consent' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

import { isLoopbackHost } from '@gatehouse/guarded-fetch';

/** What the gateway says of itself as a client (RFC 7591 §2). It has no secret but where it is given one. */
export function clientMetadata(redirectUris: readonly string[]) {
  const isLocal = redirectUris.some((uri) => isLoopbackHost(new URL(uri).hostname));
  return {
    client_name: 'Gatehouse',
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    // MCP, Application Type and Redirect URI Constraints.
    application_type: isLocal ? 'native' : 'web',
  };
}

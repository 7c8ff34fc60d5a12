import { type AuthorizationServer, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';
import { ConnectionFault } from './connection-fault.js';
import type { OAuthRequests } from './oauth-requests.service.js';

/** One that can do all that is asked of it. */
export type UsableServer = AuthorizationServer & {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
};

/**
 * MCP Authorization, Authorization Server Metadata Discovery: RFC 8414, or OpenID Connect Discovery.
 * @throws ConnectionFault
 */
export async function findAuthorizationServer(
  issuer: string,
  requests: OAuthRequests,
): Promise<UsableServer> {
  const fault = requests.urlFault(issuer);
  if (fault !== undefined) throw new ConnectionFault(`The authorization server ${issuer} ${fault}.`);
  let reason: unknown;
  for (const algorithm of ['oauth2', 'oidc'] as const) {
    try {
      const asked = discoveryRequest(new URL(issuer), { ...requests.options, algorithm });
      const found = await processDiscoveryResponse(new URL(issuer), await asked);
      return demandUsable(found, requests);
    } catch (error) {
      if (error instanceof ConnectionFault) throw error;
      reason = error;
    }
  }
  throw new ConnectionFault(`The authorization server ${issuer} does not say where things are.`, {
    cause: reason,
  });
}

function demandUsable(found: AuthorizationServer, requests: OAuthRequests): UsableServer {
  const { issuer, authorization_endpoint: authorization, token_endpoint: token } = found;
  const lacks = (what: string) => new ConnectionFault(`The authorization server ${issuer} ${what}.`);
  for (const url of [authorization, token]) {
    if (url === undefined) throw lacks('lacks an authorization or a token endpoint');
    const fault = requests.urlFault(url);
    if (fault !== undefined) throw lacks(`has an endpoint at ${url}, which ${fault}`);
  }
  // MCP Authorization, Authorization Code Protection: it does not take PKCE unless it says so.
  if (!found.code_challenge_methods_supported?.includes('S256')) throw lacks('does not take PKCE with S256');
  return found as UsableServer;
}

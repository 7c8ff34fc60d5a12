import type { McpServerDefinition, OAuthAuth } from '../servers/mcp-server-definition.js';

/** An MCP server at which each user has an account of their own. */
export interface OAuthServer {
  readonly name: string;
  readonly url: string;
  readonly auth: OAuthAuth;
}

export function oauthServer({ name, url, auth }: McpServerDefinition): OAuthServer | undefined {
  return auth.type === 'oauth' && url !== undefined ? { name, url, auth } : undefined;
}

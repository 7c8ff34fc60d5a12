import type { OAuthAuth } from '../servers/mcp-server-definition.js';

/** An MCP server at which each user has an account of their own. */
export interface OAuthServer {
  readonly name: string;
  readonly url: string;
  readonly auth: OAuthAuth;
}

import type { McpServerDefinition } from './mcp-server-definition.js';

/** A server at an address, whatever is spoken there. */
export type RemoteServer = McpServerDefinition & { readonly url: string };

export function isRemote(definition: McpServerDefinition): definition is RemoteServer {
  return definition.url !== undefined;
}

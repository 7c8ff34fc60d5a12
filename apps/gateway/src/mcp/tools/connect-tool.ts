import type { JsonObject } from '../../wire/json.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** What a server has in place of its tools for users who have no account there yet; none of its own has this name. */
export const CONNECT_TOOL = 'connect_account';

export function connectTool({ name }: McpServer): JsonObject & { readonly name: string } {
  return {
    name: CONNECT_TOOL,
    title: `Connect your account at ${name}`,
    description: `Tells where the user connects their account at ${name}. Its other tools are there after that: list the tools again.`,
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: true, openWorldHint: false },
  };
}

/** For who has connected. */
export function connected({ name }: McpServer): JsonObject {
  const text = `The account at ${name} is connected. List the tools again.`;
  return { content: [{ type: 'text', text }] };
}

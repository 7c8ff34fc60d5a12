import type { McpServer } from '../servers/mcp-servers.service.js';

/** A server may have any number of tools, and make up new ones. */
const MAX_KNOWN = 500;

/** Remembers a tool that a server has. */
export function known({ known: tools }: McpServer, tool: string): void {
  if (tools.size < MAX_KNOWN) tools.add(tool);
}

/** What metrics and usage records call a tool: callers may call for anything. */
export function toolLabel({ known: tools }: McpServer, tool: string): string {
  return tools.has(tool) ? tool : 'other';
}

import { isToolName } from './tool-for.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** A tool as its server knows it. */
export interface NamedTool {
  readonly server: McpServer;
  readonly tool: string;
}

/** Whose tools have which names in one endpoint: of two servers whose prefixes suit, the longer one says it. */
export class ToolNames {
  private readonly servers: readonly McpServer[];

  constructor(servers: readonly McpServer[]) {
    this.servers = [...servers].sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** @param name as callers say it; undefined: no server has tools of such names */
  find(name: unknown): NamedTool | undefined {
    if (typeof name !== 'string') return undefined;
    const server = this.servers.find(({ prefix }) => name.startsWith(prefix));
    const tool = name.slice(server?.prefix.length);
    return server && isToolName(tool) ? { server, tool } : undefined;
  }
}

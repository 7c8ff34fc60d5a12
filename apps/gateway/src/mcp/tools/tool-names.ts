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
  find(name: string): NamedTool | undefined {
    const server = this.servers.find(({ prefix }) => name.startsWith(prefix) && name.length > prefix.length);
    return server && { server, tool: name.slice(server.prefix.length) };
  }
}

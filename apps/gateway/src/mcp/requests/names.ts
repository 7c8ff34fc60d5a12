import type { McpServer } from '../servers/mcp-servers.service.js';
import type { Target } from './target.js';

const NAME = /^[\x21-\x7E]{1,128}$/;

/** What a tool or a prompt may be called here: names have to fit into header fields and logs. */
export function isName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** Whose tools or prompts have which names in one endpoint: of two servers whose prefixes suit, the longer one says it. */
export class Names {
  private readonly servers: readonly McpServer[];

  constructor(
    servers: readonly McpServer[],
    private readonly kind: 'tool' | 'prompt',
  ) {
    this.servers = [...servers].sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** @param said as callers say it; undefined: no server has such names */
  find(said: unknown): Target | undefined {
    if (typeof said !== 'string') return undefined;
    const server = this.servers.find(({ prefix }) => said.startsWith(prefix));
    const name = said.slice(server?.prefix.length);
    return server && isName(name) ? { server, kind: this.kind, name } : undefined;
  }
}

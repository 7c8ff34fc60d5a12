import type { Kind } from '../servers/access-definition.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** What a caller asks a server for. */
export interface Target {
  readonly server: McpServer;
  readonly kind: Kind;
  /** As its server has it: a name; of a resource its URI. */
  readonly name: string;
}

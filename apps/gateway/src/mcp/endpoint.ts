import type { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import type { Asker } from './client/asker.js';
import type { LogLevels } from './logging/log-levels.service.js';
import type { McpEndDefinition } from './mcp-end-definition.js';
import type { CallerAnswer } from './protocol/caller-answer.js';
import type { RpcRequest } from './protocol/json-rpc.js';
import type { McpCalls } from './records/mcp-calls.service.js';
import type { McpServer } from './servers/mcp-servers.service.js';

/** What an endpoint needs to know of its route. */
export interface McpEndpoint {
  readonly definition: McpEndDefinition;
  readonly servers: readonly McpServer[];
  readonly calls: McpCalls;
  readonly logLevels: LogLevels;
  /** Whether pages of this origin may make such a call. */
  readonly isAllowedOrigin: (origin: string, call: Call) => boolean;
  /** What a caller is told who lacks scopes. @param of what they are for */
  readonly insufficientScope: (call: Call, scopes: readonly string[], of: string) => Problem;
}

/** A request, and all that is known of who asks. */
export interface Asked extends RpcRequest {
  readonly asker: Asker;
  readonly answer: CallerAnswer;
}

import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import type { Said } from '../client/said.js';

/**
 * What stands behind a server of the configuration: an MCP server, or anything else that has tools. Names, scopes, limits,
 * records and the protocol that callers speak are no concern of it.
 */
export interface Backend {
  /** All its tools for who asks, as the result of `tools/list` has them. @throws Problem */
  listTools(asker: Asker): Promise<JsonObject[]>;

  /**
   * Calls a tool: what it says on the way comes first, and the answer, a result of `tools/call` or an error, last.
   * @throws Problem; after the first message, too
   */
  callTool(params: ToolCall, asker: Asker): AsyncIterable<Said>;
}

/** The params of `tools/call` (MCP, Tools), as far as they go on to servers; `_meta` as the caller sent it. */
export type ToolCall = JsonObject & { readonly name: string };

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

  /** What MCP servers may have besides tools; undefined: it has tools alone. */
  readonly context?: ContextSource;
}

/** The params of `tools/call` (MCP, Tools), as far as they go on to servers; `_meta` as the caller sent it. */
export type ToolCall = JsonObject & { readonly name: string };

/** Where hosts get context for their models from: resources and prompts, by the names and URIs that the server has for them. */
export interface ContextSource {
  /** All of a list for who asks; empty where the server has none. @throws Problem */
  list(what: ContextList, asker: Asker): Promise<JsonObject[]>;

  /**
   * What it says on the way comes first, and the answer, a result or an error, last.
   * @throws Problem; after the first message, too
   */
  ask(method: ContextMethod, params: JsonObject, asker: Asker): AsyncIterable<Said>;
}

export type ContextList = 'resources' | 'resourceTemplates' | 'prompts';
export type ContextMethod = 'resources/read' | 'prompts/get' | 'completion/complete';

import { type JsonObject, objectsOf } from '../../wire/json.js';
import type { Backend, ToolCall } from '../servers/backend.js';
import type { Asker } from './asker.js';
import { unreadable } from './failures.js';
import type { Said } from './said.js';

/** An MCP server, however it is reached. */
export interface Peer {
  /**
   * Asks something; notifications come first, the answer last.
   * @throws Problem; after the first message, too
   */
  ask(method: string, params: JsonObject, asker: Asker): AsyncIterable<Said>;
}

/** Of one list, so that no server can keep the gateway busy for ever. */
const MAX_PAGES = 50;

/** An MCP server as the backend of an endpoint. */
export class McpBackend implements Backend {
  constructor(private readonly peer: Peer) {}

  listTools(asker: Asker): Promise<JsonObject[]> {
    return this.list('tools/list', 'tools', asker);
  }

  callTool(params: ToolCall, asker: Asker): AsyncIterable<Said> {
    return this.peer.ask('tools/call', params, asker);
  }

  /** All pages of a list. @param member which of the result has it */
  private async list(method: string, member: string, asker: Asker): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    let cursor: unknown;
    for (let page = 0; page < MAX_PAGES; page++) {
      const params: JsonObject = typeof cursor === 'string' ? { cursor } : {};
      const result = await this.result(method, params, asker);
      all.push(...objectsOf(result[member]));
      cursor = result.nextCursor;
      if (typeof cursor !== 'string') break;
    }
    return all;
  }

  private async result(method: string, params: JsonObject, asker: Asker): Promise<JsonObject> {
    for await (const message of this.peer.ask(method, params, asker)) {
      if (message.is === 'result') return message.result;
      if (message.is === 'error') break;
    }
    throw unreadable();
  }
}

import { type JsonObject, objectsOf } from '../../wire/json.js';
import { METHOD_NOT_FOUND } from '../protocol/json-rpc.js';
import type { Backend, ContextList, ContextMethod, ContextSource, ToolCall } from '../servers/backend.js';
import { UnreadableAnswer } from './answer-messages.js';
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
const MAX_ITEMS = 10_000;

const LISTS: Readonly<Record<ContextList, string>> = {
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
  prompts: 'prompts/list',
};

/** An MCP server as the backend of an endpoint. */
export class McpBackend implements Backend, ContextSource {
  readonly context = this;

  /** @param maxList bytes of all pages of a list */
  constructor(
    private readonly peer: Peer,
    private readonly maxList: number,
  ) {}

  listTools(asker: Asker): Promise<JsonObject[]> {
    return this.all('tools/list', 'tools', asker);
  }

  callTool(params: ToolCall, asker: Asker): AsyncIterable<Said> {
    return this.peer.ask('tools/call', params, asker);
  }

  list(what: ContextList, asker: Asker): Promise<JsonObject[]> {
    return this.all(LISTS[what], what, asker);
  }

  ask(method: ContextMethod, params: JsonObject, asker: Asker): AsyncIterable<Said> {
    return this.peer.ask(method, params, asker);
  }

  /** All pages of a list. @param member which of the result has it */
  private async all(method: string, member: string, asker: Asker): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    const cursors = new Set<string>();
    let params: JsonObject = {};
    let size = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const result = await this.result(method, params, asker);
      const items = objectsOf(result[member]);
      const { nextCursor: cursor } = result;
      const isLast = typeof cursor !== 'string' || cursors.has(cursor);
      // One page alone is bounded as any answer is.
      if (!isLast || page > 0) size += JSON.stringify(items).length;
      if (all.length + items.length > MAX_ITEMS || size > this.maxList) {
        throw unreadable(new UnreadableAnswer('Its list is too long'));
      }
      for (const one of items) all.push(one);
      if (isLast) break;
      cursors.add(cursor);
      params = { cursor };
    }
    return all;
  }

  private async result(method: string, params: JsonObject, asker: Asker): Promise<JsonObject> {
    for await (const message of this.peer.ask(method, params, asker)) {
      if (message.is === 'result') return message.result;
      if (message.is === 'notification') continue;
      // MCP, Capabilities: a server need not have tools, resources or prompts.
      if (message.error.code === METHOD_NOT_FOUND) return {};
      break;
    }
    throw unreadable();
  }
}

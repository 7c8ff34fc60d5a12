import type { JsonObject } from '../../wire/json.js';
import type { Asker } from './asker.js';
import { SseConnection } from './sse-connection.js';
import { isAnswer, type HttpPlace } from './http-exchange.js';
import type { Peer } from './mcp-backend.js';
import type { Said } from './said.js';
import { openSession } from './open-session.js';
import { paramsFor } from './params-for.js';
import { unreadable } from './failures.js';
import { type Timeouts, withinTimeouts } from './within-timeouts.js';

/** Asks one MCP server by HTTP with SSE, the transport of MCP 2024-11-05: each request has a connection of its own. */
export class SsePeer implements Peer {
  constructor(
    private readonly place: HttpPlace,
    private readonly timeouts: Timeouts,
  ) {}

  ask(method: string, params: JsonObject, asker: Asker): AsyncIterable<Said> {
    return withinTimeouts(this.timeouts, asker, (within) => this.answers(method, params, within));
  }

  private async *answers(method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    const connection = await SseConnection.open(this.place, asker);
    let asked: string | undefined;
    try {
      const version = await openSession(connection);
      asked = await connection.request(method, paramsFor(version, params, asker));
      for await (const message of connection.messages()) {
        const isOurs = isAnswer(message);
        if (isOurs && message.id !== asked) throw unreadable();
        yield message;
        if (isOurs) return;
      }
      throw unreadable();
    } finally {
      connection.close();
    }
  }
}

import { isObject, type JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { failed } from '../client/failures.js';
import { isAnswer } from '../client/http-exchange.js';
import { paramsFor } from '../client/params-for.js';
import { Left } from '../client/posted-answer.js';
import { METHOD_NOT_FOUND } from '../protocol/json-rpc.js';
import { McpProblem } from '../protocol/mcp-problem.js';
import { metaOf } from '../protocol/read-message.js';
import {
  HANDSHAKE_VERSIONS,
  IMPLEMENTATION,
  isPeerVersion,
  type PeerVersion,
  STATELESS,
} from '../protocol/versions.js';
import { MessageQueue } from './message-queue.js';
import type { ProgramDefinition } from './program-file.js';
import { RunningProgram } from './running-program.js';

interface Waiting {
  readonly queue: MessageQueue;
  /** What the caller knows progress by. */
  readonly progressToken: unknown;
}

const MAX_WAITING = 256;
const HANDSHAKE_MS = 30_000;

/** A program while it runs: all callers ask it at once, and each gets what is for them. */
export class ProgramSession {
  readonly program: RunningProgram;
  private readonly waiting = new Map<number, Waiting>();
  private version: Promise<typeof STATELESS | PeerVersion>;
  private lastId = 0;

  constructor(name: string, definition: ProgramDefinition) {
    this.program = new RunningProgram(name, definition, (message) => this.take(message));
    void this.program.ended.then((error) => {
      for (const { queue } of this.waiting.values()) queue.fail(failed(error));
    });
    this.version = this.open();
    this.version.catch(() => void this.program.stop());
  }

  /** @throws where there is no answer */
  async *ask(method: string, params: JsonObject, asker: Asker): AsyncGenerator<JsonObject> {
    const version = await unlessLeft(this.version, asker.gone);
    yield* this.request(method, paramsFor(version, params, asker), asker.gone);
  }

  /** MCP, Lifecycle; where a program knows no `initialize`, each request says all that is needed. */
  private async open(): Promise<typeof STATELESS | PeerVersion> {
    const params = { protocolVersion: HANDSHAKE_VERSIONS[0], capabilities: {}, clientInfo: IMPLEMENTATION };
    for await (const { result, error } of this.request(
      'initialize',
      params,
      AbortSignal.timeout(HANDSHAKE_MS),
    )) {
      if (error !== undefined) return STATELESS;
      if (!isObject(result) || !isPeerVersion(result.protocolVersion)) break;
      this.program.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      return result.protocolVersion;
    }
    throw failed();
  }

  private async *request(method: string, params: JsonObject, gone: AbortSignal): AsyncGenerator<JsonObject> {
    if (this.waiting.size >= MAX_WAITING) throw busy();
    const id = ++this.lastId;
    const queue = new MessageQueue();
    const leave = () => queue.fail(new Left());
    const { progressToken } = metaOf(params);
    this.waiting.set(id, { queue, progressToken });
    gone.addEventListener('abort', leave);
    let isAnswered = false;
    try {
      if (gone.aborted) throw new Left();
      // Callers may know the progress of their calls by the same token.
      const own =
        progressToken === undefined ? params : { ...params, _meta: { ...metaOf(params), progressToken: id } };
      if (!this.program.send({ jsonrpc: '2.0', id, method, params: own })) throw busy();
      for await (const message of queue.read()) {
        isAnswered = isAnswer(message);
        yield message;
        if (isAnswered) return;
      }
    } finally {
      gone.removeEventListener('abort', leave);
      this.waiting.delete(id);
      if (gone.aborted && !isAnswered) {
        this.program.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
      }
    }
  }

  private take(message: JsonObject): void {
    const { id, method, params } = message;
    if (isAnswer(message)) return this.waiting.get(Number(id))?.queue.push(message, true);
    if (typeof method !== 'string') return;
    if (id !== undefined) return this.answer(id, method);
    // Whose other notifications are nobody can tell; they may be for another caller.
    if (method !== 'notifications/progress' || !isObject(params)) return;
    const found = this.waiting.get(Number(params.progressToken));
    if (found?.progressToken === undefined) return;
    found.queue.push(
      { ...message, params: { ...params, progressToken: found.progressToken as string } },
      false,
    );
  }

  /** A program may ask whether anybody is there, and nothing else. */
  private answer(id: JsonObject[string], method: string): void {
    const error = { code: METHOD_NOT_FOUND, message: `There is no method ${method.slice(0, 100)} here.` };
    this.program.send({ jsonrpc: '2.0', id: id!, ...(method === 'ping' ? { result: {} } : { error }) });
  }
}

/** @throws Left as soon as nobody waits any longer */
async function unlessLeft<Value>(value: Promise<Value>, gone: AbortSignal): Promise<Value> {
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new Left());
    gone.addEventListener('abort', leave);
  });
  try {
    return await Promise.race([value, left]);
  } finally {
    gone.removeEventListener('abort', leave);
  }
}

function busy(): McpProblem {
  return new McpProblem(503, 'The MCP server has too much to do. Try again shortly.', {
    fault: 'upstream_busy',
    headers: { 'retry-after': '1' },
  });
}

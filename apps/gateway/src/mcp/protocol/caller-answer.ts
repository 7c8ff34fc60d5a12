import type { JsonObject } from '../../wire/json.js';
import { writeEvent } from '../../wire/event-stream.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import type { RequestId, RpcError } from './json-rpc.js';

/** The answer to one request: as JSON, or as a stream of events where something has to be said before. */
export class CallerAnswer {
  private isStream = false;
  private resume: () => void = () => undefined;

  /**
   * @param mayStream whether the caller takes a stream
   * @param gone aborted when the caller has gone
   * @param headers names and values in turn
   */
  constructor(
    private readonly caller: AnswerHandler,
    private readonly id: RequestId,
    private readonly mayStream: boolean,
    private readonly gone: AbortSignal,
    private readonly headers: readonly string[] = [],
  ) {
    gone.addEventListener('abort', () => this.resume());
  }

  /** Something on the way; resolves when the caller can take more. */
  async notify(method: string, params: JsonObject): Promise<void> {
    if (!this.mayStream) return;
    if (!this.isStream) {
      const head = ['content-type', 'text/event-stream', 'cache-control', 'no-cache', ...this.headers];
      this.caller.onHead(200, head, () => this.resume());
      this.isStream = true;
    }
    const flowing = this.caller.onData(eventOf({ jsonrpc: '2.0', method, params }));
    if (flowing || this.gone.aborted) return;
    await new Promise<void>((resolve) => (this.resume = resolve));
  }

  result(result: JsonObject): void {
    this.last({ jsonrpc: '2.0', id: this.id, result });
  }

  /** @param status where nothing was said before */
  error({ code, message, data }: RpcError, status = 200): void {
    this.last({ jsonrpc: '2.0', id: this.id, error: { code, message, data } }, status);
  }

  /** Nothing more is said: the caller does not wait for it any longer. */
  cancelled(): void {
    if (!this.isStream) this.caller.onHead(202, ['content-length', '0'], () => undefined);
    this.caller.onEnd([]);
  }

  /** Whether it is too late for another status. */
  get hasBegun(): boolean {
    return this.isStream;
  }

  private last(message: JsonObject, status = 200): void {
    const bytes = this.isStream ? eventOf(message) : Buffer.from(JSON.stringify(message));
    if (!this.isStream) {
      const length = String(bytes.length);
      const head = [
        'content-type',
        'application/json',
        'content-length',
        length,
        'cache-control',
        'no-store',
      ];
      this.caller.onHead(status, [...head, ...this.headers], () => undefined);
    }
    this.caller.onData(bytes);
    this.caller.onEnd([]);
  }
}

function eventOf(message: JsonObject): Buffer {
  return Buffer.from(writeEvent({ event: 'message', data: JSON.stringify(message) }));
}

import type { AnswerHandler } from '../../upstreams/upstream.js';

/** What a caller got of a successful answer, from its head to its end. */
export interface Recorded {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Passes an answer on to the caller, tells that it is new, and remembers it on the way. */
export class Recording implements AnswerHandler {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  /** Undefined: it is not remembered any more. */
  private contentType: string | undefined;

  /**
   * @param maxBytes a larger answer is not remembered
   * @param keep gets it once the caller has all of it
   */
  constructor(
    private readonly caller: AnswerHandler,
    private readonly maxBytes: number,
    private readonly keep: (recorded: Recorded) => void,
  ) {}

  onStart(cancel: (reason: Error) => void): void {
    this.caller.onStart(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    const fields = raw.map(String);
    // What could not be said to one provider may be said to the next: that answer would be another.
    const isWhole = status === 200 && !fields.includes('x-gatehouse-dropped');
    if (isWhole) this.contentType = fields[fields.indexOf('content-type') + 1];
    return this.caller.onHead(status, [...raw, 'x-gatehouse-cache', 'miss'], resume);
  }

  onData(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size > this.maxBytes) this.forget();
    if (this.contentType !== undefined) this.chunks.push(chunk);
    return this.caller.onData(chunk);
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    this.caller.onEnd(trailers);
    const { contentType } = this;
    if (contentType !== undefined) this.keep({ contentType, body: Buffer.concat(this.chunks) });
  }

  onError(error: Error): void {
    this.forget();
    this.caller.onError(error);
  }

  private forget(): void {
    this.contentType = undefined;
    this.chunks.length = 0;
  }
}

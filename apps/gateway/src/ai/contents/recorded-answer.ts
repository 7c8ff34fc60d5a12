import type { AnswerHandler } from '../../upstreams/upstream.js';

/** Passes an answer on to the caller, and remembers the beginning of it. */
export class RecordedAnswer implements AnswerHandler {
  /** Its media type; empty before it has a head. */
  type = '';
  private readonly chunks: Buffer[] = [];
  private size = 0;

  /** @param limit bytes */
  constructor(
    private readonly caller: AnswerHandler,
    private readonly limit: number,
  ) {}

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  onStart(cancel: (reason: Error) => void): void {
    this.caller.onStart(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    const isName = (index: number) => index % 2 === 0;
    const at = raw.findIndex(
      (field, index) => isName(index) && String(field).toLowerCase() === 'content-type',
    );
    this.type = at < 0 ? '' : String(raw[at + 1]);
    return this.caller.onHead(status, raw, resume);
  }

  onData(chunk: Buffer): boolean {
    if (this.size < this.limit) this.chunks.push(chunk.subarray(0, this.limit - this.size));
    this.size += chunk.length;
    return this.caller.onData(chunk);
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    this.caller.onEnd(trailers);
  }

  onError(error: Error): void {
    this.caller.onError(error);
  }
}

import type { AnswerHandler } from '../../../upstreams/upstream.js';

export interface Collected {
  readonly status: number;
  readonly body: Buffer;
}

/** Nobody waits for it any longer, or it is too large. It has no `code`, by which it is no fault of the upstream. */
class GivenUp extends Error {}

/** An answer that is read whole, within a time and a size. */
export class CollectedAnswer implements AnswerHandler {
  /** Rejects where there is none in time. */
  readonly whole: Promise<Collected>;
  private settle: { readonly resolve: (whole: Collected) => void; readonly reject: (error: Error) => void };
  private cancel: ((reason: Error) => void) | undefined;
  private givenUp: GivenUp | undefined;
  private status = 0;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly timer: NodeJS.Timeout;

  /** @param seconds for all of it @param limit bytes */
  constructor(
    seconds: number,
    private readonly limit: number,
  ) {
    this.whole = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.whole.catch(() => undefined);
    this.timer = setTimeout(() => this.giveUp('it did not answer in time'), seconds * 1_000);
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.givenUp) cancel(this.givenUp);
  }

  onHead(status: number): boolean {
    this.status = status;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size > this.limit) this.giveUp('its answer is too large');
    else this.chunks.push(chunk);
    return true;
  }

  onEnd(): void {
    clearTimeout(this.timer);
    this.settle.resolve({ status: this.status, body: Buffer.concat(this.chunks) });
  }

  onError(error: Error): void {
    clearTimeout(this.timer);
    this.settle.reject(error);
  }

  private giveUp(why: string): void {
    const reason = (this.givenUp = new GivenUp(why));
    this.onError(reason);
    this.cancel?.(reason);
  }
}

import type { AnswerHandler } from '../upstream.js';

/** Ends a call that takes too long altogether, whatever it is doing. */
export class Deadline implements AnswerHandler {
  private readonly timer: NodeJS.Timeout;
  private cancel: ((reason: Error) => void) | undefined;
  private late: Error | undefined;

  constructor(
    private readonly handler: AnswerHandler,
    ms: number,
  ) {
    this.timer = setTimeout(() => this.end(ms), ms);
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.late) cancel(this.late);
    else this.handler.onStart(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    return this.handler.onHead(status, raw, resume);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    clearTimeout(this.timer);
    if (!this.late) this.handler.onEnd(trailers);
  }

  onError(error: Error): void {
    clearTimeout(this.timer);
    if (!this.late) this.handler.onError(error);
  }

  private end(ms: number): void {
    this.late = Object.assign(new Error(`the call was not over within ${ms} ms`), { code: 'ETIMEDOUT' });
    this.cancel?.(this.late);
    this.handler.onError(this.late);
  }
}

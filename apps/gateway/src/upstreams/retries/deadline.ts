import { Readable } from 'node:stream';
import type { AnswerHandler, UpstreamRequest } from '../upstream.js';

/** Without a code: no fault of the upstream. */
const CALLERS_TIME = new Error('the caller took most of the time');

/** Ends a call that takes too long altogether, whatever it is doing. */
export class Deadline implements AnswerHandler {
  private readonly timer: NodeJS.Timeout;
  private cancel: ((reason: Error) => void) | undefined;
  private late: Error | undefined;
  /** How long the call has waited for the caller: for its upload, or until it read on. */
  private callersMs = 0;
  private waitingSince: number | undefined;

  constructor(
    private readonly handler: AnswerHandler,
    body: UpstreamRequest['body'],
    private readonly ms: number,
  ) {
    this.timer = setTimeout(() => this.end(), ms);
    if (!(body instanceof Readable) || body.readableEnded) return;
    this.wait();
    body.once('end', () => this.goOn());
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.late) cancel(CALLERS_TIME);
    else this.handler.onStart(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    return this.wanted(
      this.handler.onHead(status, raw, () => {
        this.goOn();
        resume();
      }),
    );
  }

  onData(chunk: Buffer): boolean {
    return this.wanted(this.handler.onData(chunk));
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    clearTimeout(this.timer);
    if (!this.late) this.handler.onEnd(trailers);
  }

  onError(error: Error): void {
    clearTimeout(this.timer);
    if (!this.late) this.handler.onError(error);
  }

  private wanted(more: boolean): boolean {
    if (!more) this.wait();
    return more;
  }

  private wait(): void {
    this.waitingSince ??= performance.now();
  }

  private goOn(): void {
    if (this.waitingSince === undefined) return;
    this.callersMs += performance.now() - this.waitingSince;
    this.waitingSince = undefined;
  }

  private end(): void {
    const { ms } = this;
    this.goOn();
    this.late = Object.assign(new Error(`the call was not over within ${ms} ms`), { code: 'ETIMEDOUT' });
    this.cancel?.(this.callersMs * 2 > ms ? CALLERS_TIME : this.late);
    this.handler.onError(this.late);
  }
}

import { Clock } from '../../wire/clock.js';
import type { ProviderHead } from '../answers/answer-reader.js';
import { AnswerFields } from '../calls/answer-fields.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';

/** What a provider answered. */
export interface WholeAnswer extends ProviderHead {
  readonly body: Buffer;
}

/** Descriptions of files and batches, and errors, are small. */
const MAX_ANSWER = 8 * 1_024 * 1_024;

// Without a code: no fault of the upstream.
const LATE = new Error('the answer did not come in time');
const GONE = new Error('the caller has gone');
const TOO_LARGE = new Error('the answer is too large');

/** Takes an answer as a whole, or gives one of success to a caller as it comes. */
export class ProviderAnswer implements AnswerHandler {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private head: Omit<WholeAnswer, 'body'> | undefined;
  private cancel: ((reason: Error) => void) | undefined;
  private passed = false;
  private readonly total: Clock;
  private readonly idle: Clock;
  private settle: {
    readonly resolve: (answer: WholeAnswer) => void;
    readonly reject: (error: Error) => void;
  };
  /** Resolves when there is no more to come; its body is empty where it was passed on. */
  readonly whole = new Promise<WholeAnswer>((resolve, reject) => {
    this.settle = { resolve, reject };
  });

  /** @param caller who gets an answer of success as it comes; undefined: nobody */
  constructor(
    private readonly caller: AnswerHandler | undefined,
    private readonly gone: AbortSignal,
    timeouts: { readonly total: number; readonly between_tokens: number },
  ) {
    const late = () => this.stop(LATE);
    this.total = new Clock(timeouts.total, late);
    this.idle = new Clock(timeouts.between_tokens, late);
    this.total.start();
    gone.addEventListener('abort', this.abandon);
  }

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    if (this.gone.aborted) this.abandon();
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    const fields = new AnswerFields(raw);
    this.head = { status, headers: fields };
    if (!this.caller || status !== 200) return true;
    this.passed = true;
    this.total.stop();
    this.idle.start();
    const told = ['content-type', 'content-length'].flatMap((name) => {
      const value = fields.get(name);
      return value === undefined ? [] : [name, value];
    });
    return this.caller.onHead(200, told, () => {
      this.idle.start();
      resume();
    });
  }

  onData(chunk: Buffer): boolean {
    if (this.passed) return this.pass(chunk);
    this.size += chunk.length;
    if (this.size > MAX_ANSWER) this.stop(TOO_LARGE);
    else this.chunks.push(chunk);
    return true;
  }

  onEnd(): void {
    if (this.passed) this.caller!.onEnd([]);
    this.close();
    this.settle.resolve({ ...this.head!, body: Buffer.concat(this.chunks) });
  }

  onError(error: Error): void {
    this.close();
    if (!this.passed) return this.settle.reject(error);
    this.caller!.onError(error);
    this.settle.resolve({ ...this.head!, body: Buffer.alloc(0) });
  }

  /** There will be no answer. */
  stop(reason: Error): void {
    this.cancel?.(reason);
    this.onError(reason);
  }

  /** Whoever reads slowly makes the pause: it is not the provider's. */
  private pass(chunk: Buffer): boolean {
    const flowing = this.caller!.onData(chunk);
    if (flowing) this.idle.start();
    else this.idle.stop();
    return flowing;
  }

  private readonly abandon = (): void => this.stop(GONE);

  private close(): void {
    this.gone.removeEventListener('abort', this.abandon);
    for (const clock of [this.total, this.idle]) clock.stop();
  }
}

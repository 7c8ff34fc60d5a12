import { isStreamType } from '../../answers/stream-form.js';
import { Clock } from '../../../wire/clock.js';
import type { AnswerHandler } from '../../../upstreams/upstream.js';
import { AiProblem } from '../../errors/ai-problem.js';
import { Blocked } from '../blocked.js';
import type { GuardedStream } from './guarded-stream.js';

/** How the answer of a call is looked at. */
export interface AnswerChecks {
  /** Of a stream that is given away piece by piece: for how long something is held back at most, in seconds. */
  readonly holdTime: number;
  /** Undefined where streams are held back as a whole. */
  readonly stream: (() => GuardedStream) | undefined;
  /** What becomes of an answer that is whole. @throws Blocked */
  whole(body: Buffer, isStream: boolean): Promise<Buffer>;
  /** An answer that is neither JSON nor events. @throws Blocked */
  raw(): void;
  /** Told that a stream was ended. */
  blocked(problem: AiProblem): void;
}

/** Bytes of a stream that is held back as a whole. */
const MAX_HELD = 64 * 1_024 * 1_024;

/** Who gets the answer in place of the caller, who gets what guardrails let through. */
export class GuardedAnswer implements AnswerHandler {
  /** Settled once the caller has the head of an answer. Rejects where there is none. */
  readonly begun: Promise<void>;
  private settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  private head: { readonly status: number; readonly headers: readonly string[]; readonly resume: () => void };
  private mode: 'raw' | 'stream' | 'whole' | 'over' = 'whole';
  private isStream = false;
  private stream: GuardedStream;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly clock: Clock;
  private isTicking = false;
  private isBegun = false;

  /** @param stop ends the request to whoever answers */
  constructor(
    private readonly caller: AnswerHandler,
    private readonly checks: AnswerChecks,
    private readonly stop: () => void,
  ) {
    this.begun = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.begun.catch(() => undefined);
    this.clock = new Clock(checks.holdTime / 2, () => {
      this.isTicking = false;
      this.tell(() => this.stream.age());
    });
  }

  onStart(cancel: (reason: Error) => void): void {
    this.caller.onStart(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    const headers = raw.map(String);
    this.head = { status, headers, resume };
    const type = fieldOf(headers, 'content-type') ?? '';
    this.isStream = isStreamType(type);
    if (!this.isStream && !type.includes('json')) return this.attempt(() => this.beginRaw(), true);
    const { stream } = this.checks;
    if (!this.isStream || !stream) return true;
    this.stream = stream();
    return this.begin('stream', headers);
  }

  onData(chunk: Buffer): boolean {
    switch (this.mode) {
      case 'over':
        return true;
      case 'raw':
        return this.caller.onData(chunk);
      case 'stream':
        return this.tell(() => this.stream.push(chunk));
      case 'whole':
        return this.collect(chunk);
    }
  }

  onEnd(): void {
    this.clock.stop();
    if (this.mode === 'whole') void this.finish();
    else if (this.mode === 'stream') this.tell(() => this.stream.end());
    if (this.mode === 'raw' || this.mode === 'stream') this.caller.onEnd([]);
    if (this.mode !== 'whole') this.mode = 'over';
  }

  onError(error: Error): void {
    this.clock.stop();
    this.mode = 'over';
    if (this.isBegun) this.caller.onError(error);
    else this.settle.reject(error);
  }

  private begin(mode: 'raw' | 'stream', headers: readonly string[]): boolean {
    this.mode = mode;
    this.isBegun = true;
    const { status, resume } = this.head;
    const flowing = this.caller.onHead(status, headers, resume);
    this.settle.resolve();
    return flowing;
  }

  private beginRaw(): boolean {
    this.checks.raw();
    return this.begin('raw', this.head.headers);
  }

  private collect(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size <= MAX_HELD) this.chunks.push(chunk);
    else this.refuse(new AiProblem(502, 'The answer is too large to be looked at.', 'guardrail_unsupported'));
    return true;
  }

  /** An answer that is whole. */
  private async finish(): Promise<void> {
    try {
      const body = await this.checks.whole(Buffer.concat(this.chunks), this.isStream);
      const headers = withLength(this.head.headers, this.isStream ? undefined : body.length);
      this.begin('raw', headers);
      this.caller.onData(body);
      this.caller.onEnd([]);
    } catch (error) {
      this.refuse(error);
    }
    this.mode = 'over';
  }

  /** @returns whether more may come */
  private tell(read: () => string): boolean {
    return this.attempt(() => {
      const text = read();
      this.tick();
      return text === '' || this.caller.onData(Buffer.from(text));
    }, true);
  }

  /** Twice within the time for which something is held: what is there at one of them is gone at the next. */
  private tick(): void {
    if (!this.stream.isHolding || this.isTicking) return;
    this.isTicking = true;
    this.clock.start();
  }

  private attempt<Value>(work: () => Value, otherwise: Value): Value {
    try {
      return work();
    } catch (error) {
      this.refuse(error);
      return otherwise;
    }
  }

  /** There is no answer, or no more of it. */
  private refuse(error: unknown): void {
    this.clock.stop();
    this.stop();
    const { isBegun, mode } = this;
    this.mode = 'over';
    if (!isBegun) return this.settle.reject(error);
    if (mode !== 'stream' || !(error instanceof Blocked)) return this.caller.onError(error as Error);
    this.checks.blocked(error);
    const { status, detail: message, code } = error;
    this.caller.onData(Buffer.from(this.stream.failure({ status, message, code })));
    this.caller.onEnd([]);
  }
}

function fieldOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

function withLength(headers: readonly string[], length: number | undefined): string[] {
  const kept = headers.filter((_, index) => headers[index - (index % 2)]!.toLowerCase() !== 'content-length');
  return length === undefined ? kept : [...kept, 'content-length', String(length)];
}

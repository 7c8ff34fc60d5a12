import type { RetriesDefinition } from '../resilience-definition.js';
import type { Target } from '../targets/target.js';
import type { AnswerHandler, UpstreamRequest } from '../upstream.js';
import { UpstreamUnavailable } from '../upstream-unavailable.js';
import { faultKind } from './fault-kind.js';
import { RepeatableBody } from './repeatable-body.js';
import type { RetryBudget } from './retry-budget.js';

/** What an answer that is given up may still send before its connection is closed. */
const DRAINED_BYTES = 65_536;
const PAUSE_MS = 25;

/** How a call is retried: settings in the form in which they are asked for. */
export class RetryPlan {
  readonly tries: number;
  private readonly on: ReadonlySet<string | number>;
  private readonly methods: ReadonlySet<string>;

  constructor(
    { tries, on, methods }: RetriesDefinition,
    readonly budget: RetryBudget,
  ) {
    this.tries = tries;
    this.on = new Set(on);
    this.methods = new Set(methods);
  }

  forStatus(method: string, status: number): boolean {
    return this.on.has(status) && this.methods.has(method);
  }

  forError(method: string, error: Error): boolean {
    const kind = faultKind(error);
    if (kind === undefined || !this.on.has(kind)) return false;
    return kind === 'connect' || this.methods.has(method);
  }
}

/** One call, sent until an answer may go to the caller, or nothing is left to try. */
export class RetryingCall {
  private readonly tried: Target[] = [];
  private readonly body: RepeatableBody;
  private cancelled: Error | undefined;
  private cancelTry: ((reason: Error) => void) | undefined;
  private pause: NodeJS.Timeout | undefined;

  constructor(
    private readonly plan: RetryPlan,
    private readonly choose: (tried: readonly Target[]) => Target | undefined,
    private readonly request: UpstreamRequest,
    readonly handler: AnswerHandler,
  ) {
    this.body = new RepeatableBody(request.body);
  }

  start(target: Target): void {
    const { call } = this.request;
    call.tries = this.tried.push(target);
    target.retries += call.tries > 1 ? 1 : 0;
    // Each try gets its own: what it changes of the headers, the next one must not see.
    const request = { ...this.request, headers: [...this.request.headers], body: this.body.forTry() };
    target.send(request, new Try(this));
  }

  begun(cancel: (reason: Error) => void): void {
    this.cancelTry = cancel;
    if (this.cancelled) return cancel(this.cancelled);
    this.handler.onStart((reason) => this.cancel(reason));
  }

  /** @returns whether the answer with this status is dropped for another try */
  insteadOfStatus(status: number): boolean {
    return this.plan.forStatus(this.request.method, status) && this.again();
  }

  failed(error: Error): void {
    if (this.plan.forError(this.request.method, error) && this.again()) return;
    this.handler.onError(error);
  }

  private cancel(reason: Error): void {
    this.cancelled = reason;
    if (this.pause) {
      clearTimeout(this.pause);
      this.handler.onError(reason);
    } else this.cancelTry?.(reason);
  }

  private again(): boolean {
    const { plan, tried } = this;
    if (this.cancelled || tried.length >= plan.tries || !this.body.canRepeat) return false;
    // Another target; where there is none, the same after a moment.
    const other = this.choose(tried);
    const target = other ?? this.choose([]);
    if (!target || !plan.budget.spend()) return false;
    const ms = other ? 0 : PAUSE_MS * tried.length * (0.5 + Math.random());
    this.pause = setTimeout(() => {
      this.pause = undefined;
      this.start(target);
    }, ms);
    return true;
  }
}

/** The answer of one try. Once it is given up, nobody hears of it any more. */
class Try implements AnswerHandler {
  private cancel: ((reason: Error) => void) | undefined;
  private headSent = false;
  private givenUp = false;
  private dropped = 0;

  constructor(private readonly call: RetryingCall) {}

  onStart(cancel: (reason: Error) => void): void {
    this.cancel = cancel;
    this.call.begun(cancel);
  }

  onHead(status: number, raw: readonly (Buffer | string)[], resume: () => void): boolean {
    if (this.call.insteadOfStatus(status)) {
      this.givenUp = true;
      return true;
    }
    this.headSent = true;
    return this.call.handler.onHead(status, raw, resume);
  }

  onData(chunk: Buffer): boolean {
    if (!this.givenUp) return this.call.handler.onData(chunk);
    this.dropped += chunk.length;
    if (this.dropped > DRAINED_BYTES) this.cancel?.(new Error('another try answers'));
    return true;
  }

  onEnd(trailers: readonly (Buffer | string)[]): void {
    if (!this.givenUp) this.call.handler.onEnd(trailers);
  }

  onError(error: Error): void {
    if (this.givenUp) return;
    if (this.headSent || error instanceof UpstreamUnavailable) this.call.handler.onError(error);
    else this.call.failed(error);
  }
}

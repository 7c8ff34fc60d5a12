import type { ChatEvent, StopReason, TokenUsage } from '../dialects/chat.js';
import type { CallerDialectName } from '../dialects/dialect.js';
import { addUsage, sum } from '../dialects/usage.js';
import type { AiTarget } from '../models/ai-target.js';
import type { ServiceTier } from '../prices/service-tiers.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { OperationName } from '../operations/operation.js';
import type { GuardrailEvents } from '../guardrails/guardrail-events.js';
import type { ProviderKey } from '../providers/provider-key.js';
import type { AiCallRecord } from './ai-call-record.js';
import { AttemptAccount, type Spent } from './attempt-account.js';

/** `semantic`: an answer to another question that means the same. */
export type CacheState = 'hit' | 'semantic' | 'miss';

/** A call of a model on its way, as far as it got: what observers are told of when it is over. */
export class AiCall {
  /** Epoch milliseconds. */
  readonly at = Date.now();
  readonly startedAt = performance.now();
  /** As the caller named it; undefined where there is none of that name. */
  model: string | undefined;
  /** The prompt that was called, and its version; undefined: the caller wrote what is asked. */
  prompt: { readonly name: string; readonly version: string } | undefined;
  stream = false;
  bytesIn = 0;
  /** What is reserved for it at budgets; undefined: nothing. */
  reservation: string | undefined;
  /** The most that a request to a provider may use; undefined: no budget counts it, and that was not worked out. */
  most: Omit<Spent, 'estimated'> | undefined;
  /** Who answered, or was asked last. */
  target: AiTarget | undefined;
  key: string | undefined;
  firstTokenAt: number | undefined;
  /** As the answer says it. */
  answeringModel: string | undefined;
  /** The teams that the caller is in. */
  teams: ReadonlySet<string> = new Set();
  /** Of the first candidate. */
  finish: StopReason | undefined;
  /** What went wrong, as one of a few words. */
  fault: string | undefined;
  /** What the cache had; undefined: the call had nothing to do with it. */
  cache: CacheState | undefined;
  /** What a cached answer had cost; undefined: nobody knows. */
  saved: NanoDollars | undefined;
  /** What guardrails did; undefined: the route has none. */
  guardrails: GuardrailEvents | undefined;
  /** What is told of it now that it is over; undefined: nobody has asked. */
  record: AiCallRecord | undefined;
  private readonly attempts: AttemptAccount[] = [];

  constructor(
    readonly operation: OperationName,
    readonly dialect: CallerDialectName,
  ) {}

  /** Requests that were sent. */
  get tries(): number {
    return this.attempts.length;
  }

  /** What whoever was asked last says that it used. */
  get usage(): TokenUsage | undefined {
    return this.attempts.at(-1)?.usage;
  }

  /** How whoever was asked last says that it served the call: `priority`, `standard fast`. */
  get serviceTier(): string | undefined {
    const served = this.attempts.at(-1)?.served;
    return served && Object.values(served).join(' ');
  }

  /** A request is sent. @param tiers that are asked for, and have a price of their own */
  try(target: AiTarget, key: ProviderKey, tiers: readonly ServiceTier[] = []): AttemptAccount {
    this.target = target;
    this.key = key.name;
    this.finish = undefined;
    this.answeringModel = undefined;
    this.fault = undefined;
    const account = new AttemptAccount(target, tiers);
    this.attempts.push(account);
    return account;
  }

  /** Whether the answer is one that somebody had got before: nobody is asked. */
  get isCached(): boolean {
    return this.cache === 'hit' || this.cache === 'semantic';
  }

  see(event: ChatEvent): void {
    if (event.type === 'stop' && event.candidate === 0) this.finish = event.stop;
    else if (event.type === 'start') this.answeringModel = event.model || undefined;
  }

  /** What all requests came to: also those that failed, where a provider may want to be paid for what it did. */
  spent(): Spent {
    // What comes out of the cache costs nothing.
    if (this.isCached) return { usage: {}, cost: 0, estimated: false };
    const each = this.attempts.map((attempt) => attempt.spent(this));
    return {
      usage: each.map(({ usage }) => usage).reduce(addUsage, {}),
      cost: sum(...each.map(({ cost }) => cost)),
      estimated: each.some(({ estimated }) => estimated),
    };
  }
}

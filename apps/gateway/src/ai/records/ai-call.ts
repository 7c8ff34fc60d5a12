import type { ChatEvent, StopReason, TokenUsage } from '../dialects/chat.js';
import type { DialectName } from '../dialects/dialect.js';
import { mergeUsage } from '../dialects/usage.js';
import type { AiTarget } from '../models/ai-target.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { OperationName } from '../operations/operation.js';
import type { GuardrailEvents } from '../guardrails/guardrail-events.js';
import type { ProviderKey } from '../providers/provider-key.js';

/** `semantic`: an answer to another question that means the same. */
export type CacheState = 'hit' | 'semantic' | 'miss';

/** A call of a model on its way, as far as it got: what observers are told of when it is over. */
export class AiCall {
  /** Epoch milliseconds. */
  readonly at = Date.now();
  readonly startedAt = performance.now();
  /** As the caller named it; undefined where there is none of that name. */
  model: string | undefined;
  stream = false;
  bytesIn = 0;
  /** What is reserved for it at budgets; undefined: nothing. */
  reservation: string | undefined;
  /** Who answered, or was asked last. */
  target: AiTarget | undefined;
  key: string | undefined;
  /** Requests that were sent. */
  tries = 0;
  firstTokenAt: number | undefined;
  usage: TokenUsage | undefined;
  /** Of the first candidate. */
  finish: StopReason | undefined;
  /** What went wrong, as one of a few words. */
  fault: string | undefined;
  /** What the cache had; undefined: the call had nothing to do with it. */
  cache: CacheState | undefined;
  /** What a cached answer had cost; undefined: nobody knows. */
  saved: NanoDollars | undefined;
  /** Of the output, as far as a stream went. */
  characters = 0;
  /** What guardrails did; undefined: the route has none. */
  guardrails: GuardrailEvents | undefined;

  constructor(
    readonly operation: OperationName,
    readonly dialect: DialectName,
  ) {}

  /** A request is sent; what an earlier one came to counts no more. */
  try(target: AiTarget, key: ProviderKey): void {
    this.target = target;
    this.key = key.name;
    this.tries++;
    this.usage = undefined;
    this.finish = undefined;
    this.fault = undefined;
    this.characters = 0;
  }

  /** Whether the answer is one that somebody had got before: nobody is asked. */
  get isCached(): boolean {
    return this.cache === 'hit' || this.cache === 'semantic';
  }

  see(event: ChatEvent): void {
    if (event.type === 'delta') this.characters += event.text.length;
    else if (event.type === 'usage') this.usage = mergeUsage(this.usage, event.usage);
    else if (event.type === 'stop' && event.candidate === 0) this.finish = event.stop;
  }
}

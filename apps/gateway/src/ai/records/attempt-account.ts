import type { ChatEvent, TokenUsage } from '../dialects/chat.js';
import { mergeUsage } from '../dialects/usage.js';
import type { AiTarget } from '../models/ai-target.js';
import { costOf } from '../prices/cost.js';
import { type ServedTiers, servedFactor } from '../prices/served-tiers.js';
import type { ServiceTier } from '../prices/service-tiers.js';
import type { NanoDollars } from '../prices/nano-dollars.js';

/** What was used, and what that costs; `estimated`: nobody said so. */
export interface Spent {
  readonly usage: TokenUsage;
  /** undefined: nobody knows the price, or nothing was used. */
  readonly cost: NanoDollars | undefined;
  readonly estimated: boolean;
}

/** What is known of the call. */
export interface Asking {
  readonly stream: boolean;
  /** When it came, in epoch milliseconds. */
  readonly at: number;
  readonly bytesIn: number;
  /** The most that it may use; undefined: no budget counts it, and that was not worked out. */
  readonly most: Omit<Spent, 'estimated'> | undefined;
}

/**
 * How a request to a provider ended, for its bill. `whole`: the answer came; `refused`: it was not sent, or the provider
 * said that it does not do it; `broken`: it failed, and did what was seen of it; `unheard`: it may have done all of it, and
 * nobody heard.
 */
export type AttemptEnd = 'whole' | 'refused' | 'broken' | 'unheard';

/** Bytes of a token, at least: a letter of Chinese or Japanese has three, and texts in Latin letters four for a token. */
export const TOKEN_BYTES = 3;
/** Models that think without showing it do so in silence: how long a silence is none, and tokens per second of the rest. */
const SILENCE_MS = 1_000;
const HIDDEN_PER_SECOND = 200;

/** Keeps count of what one request to a provider comes to. */
export class AttemptAccount {
  usage: TokenUsage | undefined;
  /** How it was served, as far as the provider says. */
  served: ServedTiers | undefined;
  private end: AttemptEnd | undefined;
  private hasFinished = false;
  private bytes = 0;
  private pieces = 0;
  private heardAt = performance.now();
  private silentMs = 0;

  /** @param tiers that are asked for, and have a price of their own */
  constructor(
    private readonly target: AiTarget,
    private readonly tiers: readonly ServiceTier[] = [],
  ) {}

  see(event: ChatEvent): void {
    if (event.type === 'usage') {
      this.usage = mergeUsage(this.usage, event.usage);
      if (event.tiers) this.served = { ...this.served, ...event.tiers };
      // What it tells has the hidden part in it.
      this.heardAt = performance.now();
      this.silentMs = 0;
    } else if (event.type === 'stop') this.hasFinished = true;
    else if (event.type === 'delta' && event.text !== '') {
      this.bytes += Buffer.byteLength(event.text);
      this.pieces++;
      this.hear();
    }
  }

  /** Tokens that have come of a stream, about. A piece is one at least. */
  get seen(): number {
    return Math.max(this.pieces, Math.ceil(this.bytes / TOKEN_BYTES));
  }

  /** What is said first is what happened. */
  ended(how: AttemptEnd): void {
    if (this.end) return;
    this.end = how;
    if (how !== 'whole') this.hear();
  }

  spent(asking: Asking): Spent {
    const { usage, end = 'unheard' } = this;
    const { stream, most } = asking;
    const isTold = usage && (!stream || (this.hasFinished && usage.output !== undefined));
    if (isTold || end === 'refused') return this.priced(usage ?? {}, asking);
    if (this.pieces > 0) return this.priced(this.asFarAsSeen(asking), asking, true);
    if (end === 'broken')
      return this.priced({ ...usage, input: usage?.input ?? inputOf(asking) }, asking, true);
    // Providers go on when nobody listens, and are paid.
    if (most && (end === 'unheard' || !usage)) return { ...most, estimated: true };
    return this.priced(usage ?? {}, asking);
  }

  private asFarAsSeen(asking: Asking): TokenUsage {
    const { usage, silentMs } = this;
    const seen = Math.max(usage?.output ?? 0, this.seen);
    const hidden = Math.ceil((silentMs / 1_000) * HIDDEN_PER_SECOND);
    const bound = asking.most?.usage.output ?? Infinity;
    return {
      ...usage,
      input: usage?.input ?? inputOf(asking),
      output: Math.max(seen, Math.min(seen + hidden, bound)),
    };
  }

  private priced(usage: TokenUsage, { at }: Asking, estimated = false): Spent {
    const known = plausible(usage);
    if (!isKnown(known)) return { usage: known, cost: undefined, estimated };
    const factor = servedFactor(this.tiers, this.served, this.target.tiers);
    return { usage: known, cost: costOf(this.target, known, at, factor), estimated };
  }

  private hear(): void {
    const now = performance.now();
    this.silentMs += Math.max(0, now - this.heardAt - SILENCE_MS);
    this.heardAt = now;
  }
}

function inputOf({ bytesIn, most }: Asking): number {
  return most?.usage.input ?? Math.ceil(bytesIn / TOKEN_BYTES);
}

/** Whether the provider told what was used, or enough to guess it. */
export function isKnown({ input, output }: TokenUsage): boolean {
  return input !== undefined || output !== undefined;
}

/** Providers and callers say it, and rows take whole numbers: one that says nonsense must not stop a whole batch. */
export const MAX_TOKENS = 1e12;

export function plausible(usage: TokenUsage): TokenUsage {
  const counts: { -readonly [Kind in keyof TokenUsage]: TokenUsage[Kind] } = { ...usage };
  for (const kind in counts) {
    const count = counts[kind as keyof TokenUsage];
    if (count !== undefined)
      counts[kind as keyof TokenUsage] = Math.min(MAX_TOKENS, Math.max(0, Math.round(count)));
  }
  return counts;
}

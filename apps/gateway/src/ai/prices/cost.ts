import { calcPrice } from '@pydantic/genai-prices';
import type { TokenUsage } from '../dialects/chat.js';
import type { AiTarget } from '../models/ai-target.js';
import { type NanoDollars, nanosOf } from './nano-dollars.js';
import type { Price } from './price-definition.js';

/** Who is asked, as far as the price goes. */
export type Priced = Pick<AiTarget, 'model' | 'price'> & {
  readonly provider: { readonly type: { readonly pricedAs?: string } };
};

/**
 * What a call costs, of which the usage is known.
 * @param at epoch milliseconds: prices change, and some with the time of day
 * @returns undefined where nobody knows the price
 */
export function costOf(target: Priced, usage: TokenUsage, at: number): NanoDollars | undefined {
  const counts = consistent(usage);
  const dollars = target.price ? byPrice(target.price, counts) : byTable(target, counts, at);
  return dollars === undefined ? undefined : nanosOf(dollars);
}

/** Whether there is a price at all. */
export function hasPrice(target: Priced, at: number): boolean {
  return costOf(target, {}, at) !== undefined;
}

type Counts = Required<Omit<TokenUsage, 'reasoning'>>;

/** No part is larger than the whole, whatever the provider says. */
function consistent(usage: TokenUsage): Counts {
  const { input = 0, output = 0 } = usage;
  const cacheRead = Math.min(usage.cacheRead ?? 0, input);
  return {
    input,
    output,
    cacheRead,
    cacheWrite: Math.min(usage.cacheWrite ?? 0, input - cacheRead),
    audioInput: Math.min(usage.audioInput ?? 0, input - cacheRead),
    audioOutput: Math.min(usage.audioOutput ?? 0, output),
  };
}

const MILLION = 1_000_000;

function byPrice(price: Price, { input, output, cacheRead, cacheWrite }: Counts): number {
  const { cache_read: read = price.input, cache_write: write = price.input } = price;
  const plain = input - cacheRead - cacheWrite;
  return (plain * price.input + cacheRead * read + cacheWrite * write + output * price.output) / MILLION;
}

/** The table comes with the package, and is as old as that: nothing is fetched. */
function byTable({ model, provider }: Priced, counts: Counts, at: number): number | undefined {
  const { pricedAs } = provider.type;
  if (pricedAs === undefined) return undefined;
  const options = { providerId: pricedAs, timestamp: new Date(at) };
  return calcPrice(unitsOf(counts), model, options)?.total_price;
}

/** What the provider did not tell apart is no sound: the table wants to be told of overlaps. */
function unitsOf({ input, output, cacheRead, cacheWrite, audioInput, audioOutput }: Counts) {
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    ...(audioInput === 0 ? {} : { input_audio_tokens: audioInput, cache_audio_read_tokens: 0 }),
    ...(audioOutput === 0 ? {} : { output_audio_tokens: audioOutput }),
  };
}

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
 * @param factor of the service tier
 * @returns undefined where nobody knows the price
 */
export function costOf(target: Priced, usage: TokenUsage, at: number, factor = 1): NanoDollars | undefined {
  const counts = consistent(usage);
  const dollars = target.price ? byPrice(target.price, counts) : byTable(target, counts, at);
  return dollars === undefined ? undefined : nanosOf(dollars * factor);
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
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, input - cacheRead);
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    cacheWriteHour: Math.min(usage.cacheWriteHour ?? 0, cacheWrite),
    audioInput: Math.min(usage.audioInput ?? 0, input - cacheRead),
    audioOutput: Math.min(usage.audioOutput ?? 0, output),
  };
}

const MILLION = 1_000_000;

function byPrice(price: Price, { input, output, cacheRead, cacheWrite, cacheWriteHour }: Counts): number {
  const { cache_read: read = price.input, cache_write: write = price.input } = price;
  const { cache_write_1h: hour = write } = price;
  const plain = input - cacheRead - cacheWrite;
  const written = (cacheWrite - cacheWriteHour) * write + cacheWriteHour * hour;
  return (plain * price.input + cacheRead * read + written + output * price.output) / MILLION;
}

/** Where the table does not tell what is kept for an hour apart, that costs twice the input, as Anthropic and AWS have it. */
function byTable(target: Priced, counts: Counts, at: number): number | undefined {
  const { cacheWriteHour: hour } = counts;
  const told = inTable(target, counts, at);
  if (told === undefined || hour === 0) return told;
  const price = (one: Partial<Counts>) => inTable(target, { ...NOTHING, ...one }, at)!;
  const isToldApart =
    price({ input: hour, cacheWrite: hour, cacheWriteHour: hour }) > price({ input: hour, cacheWrite: hour });
  if (isToldApart) return told;
  return told + 2 * price({ input: hour }) - price({ input: hour, cacheWrite: hour });
}

const NOTHING: Counts = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWriteHour: 0,
  audioInput: 0,
  audioOutput: 0,
};

/** The table comes with the package, and is as old as that: nothing is fetched. */
function inTable({ model, provider }: Priced, counts: Counts, at: number): number | undefined {
  const { pricedAs } = provider.type;
  if (pricedAs === undefined) return undefined;
  const options = { providerId: pricedAs, timestamp: new Date(at) };
  return calcPrice(unitsOf(counts), model, options)?.total_price;
}

/** What the provider did not tell apart is no sound: the table wants to be told of overlaps. */
function unitsOf(counts: Counts) {
  const { input, output, cacheRead, cacheWrite, cacheWriteHour, audioInput, audioOutput } = counts;
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    ...(cacheWriteHour === 0 ? {} : { cache_write_1h_tokens: cacheWriteHour }),
    ...(audioInput === 0 ? {} : { input_audio_tokens: audioInput, cache_audio_read_tokens: 0 }),
    ...(audioOutput === 0 ? {} : { output_audio_tokens: audioOutput }),
  };
}

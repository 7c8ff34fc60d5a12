import type { TokenUsage } from '../dialects/chat.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import { type AiCallRecord, isKnown } from '../records/ai-call-record.js';
import type { BudgetUnit } from './ai-budget-definition.js';

/** What a call uses, in each unit; money in whole nano-dollars. */
export type Amounts = Readonly<Record<BudgetUnit, number>>;

export function amountsOf({ input = 0, output = 0 }: TokenUsage, cost: NanoDollars): Amounts {
  return { requests: 1, input_tokens: input, output_tokens: output, tokens: input + output, usd: cost };
}

const NOTHING: Amounts = { ...amountsOf({}, 0), requests: 0 };

/**
 * What a call came to.
 * @param reserved where nobody said what was used, and yet somebody was asked: the provider goes on when the caller leaves
 */
export function usedBy(record: AiCallRecord, reserved: Amounts): Amounts {
  // The head of a stream tells what was read, not what is being written while nobody sees it.
  const leftUnseen = record.stream && record.fault === 'caller_gone' && record.firstTokenMs === undefined;
  if (leftUnseen && record.tries > 0) return reserved;
  if (isKnown(record.usage)) return amountsOf(record.usage, record.cost ?? 0);
  if (record.cache === 'hit' || record.cache === 'semantic') return amountsOf({}, 0);
  if (record.tries === 0) return NOTHING;
  const { fault, status } = record;
  const nobodyAnswered = fault !== undefined && fault !== 'caller_gone' && status !== 200;
  return nobodyAnswered ? amountsOf({}, 0) : reserved;
}

/** What is told of a call whose process has died: as much as was reserved for it may have been used. */
export function unsettled(record: AiCallRecord, { input_tokens, output_tokens, usd }: Amounts): AiCallRecord {
  const usage = { input: input_tokens, output: output_tokens };
  return { ...record, fault: 'process_died', tries: 1, usage, cost: usd, estimated: true };
}

import type { TokenUsage } from '../dialects/chat.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { AiCallRecord } from '../records/ai-call-record.js';
import type { BudgetUnit } from './ai-budget-definition.js';

/** What a call uses, in each unit; money in whole nano-dollars. */
export type Amounts = Readonly<Record<BudgetUnit, number>>;

export function amountsOf({ input = 0, output = 0 }: TokenUsage, cost: NanoDollars): Amounts {
  return { requests: 1, input_tokens: input, output_tokens: output, tokens: input + output, usd: cost };
}

const NOTHING: Amounts = { ...amountsOf({}, 0), requests: 0 };

/** What a call came to. */
export function usedBy({ cache, tries, usage, cost = 0 }: AiCallRecord): Amounts {
  const isCached = cache === 'hit' || cache === 'semantic';
  return tries === 0 && !isCached ? NOTHING : amountsOf(usage, cost);
}

/** What is told of a call whose process has died: as much as was reserved for it may have been used. */
export function unsettled(record: AiCallRecord, { input_tokens, output_tokens, usd }: Amounts): AiCallRecord {
  const usage = { input: input_tokens, output: output_tokens };
  return { ...record, fault: 'process_died', tries: 1, usage, cost: usd, estimated: true };
}

/** As people write it: money in dollars. */
export function inUnits(amount: number, unit: BudgetUnit): number {
  return unit === 'usd' ? amount / 1e9 : amount;
}

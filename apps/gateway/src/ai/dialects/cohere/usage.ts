import type { TokenUsage } from '../chat.js';
import { countOf, objectOf } from '../../../wire/json.js';

/** What is paid for, where that is told apart from what the model read. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  const counts = objectOf(usage?.billed_units) ?? objectOf(usage?.tokens);
  if (!usage || !counts) return undefined;
  return {
    input: countOf(counts.input_tokens),
    output: countOf(counts.output_tokens),
    cacheRead: countOf(usage.cached_tokens),
  };
}

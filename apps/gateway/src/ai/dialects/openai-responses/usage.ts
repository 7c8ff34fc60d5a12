import type { TokenUsage } from '../chat.js';
import { countOf, objectOf, type JsonObject } from '../../../wire/json.js';
import { sum } from '../usage.js';

export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  if (!usage) return undefined;
  const input = objectOf(usage.input_tokens_details);
  return {
    input: countOf(usage.input_tokens),
    output: countOf(usage.output_tokens),
    cacheRead: countOf(input?.cached_tokens),
    cacheWrite: countOf(input?.cache_write_tokens),
    reasoning: countOf(objectOf(usage.output_tokens_details)?.reasoning_tokens),
  };
}

export function writeUsage({ input, output, cacheRead, cacheWrite, reasoning }: TokenUsage): JsonObject {
  return {
    input_tokens: input ?? 0,
    input_tokens_details: { cached_tokens: cacheRead ?? 0, cache_write_tokens: cacheWrite ?? 0 },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: sum(input, output) ?? 0,
  };
}

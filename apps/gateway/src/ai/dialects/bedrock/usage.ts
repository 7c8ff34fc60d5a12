import type { TokenUsage } from '../chat.js';
import { countOf, objectOf, objectsOf } from '../../../wire/json.js';
import { sum } from '../usage.js';

/** Tokens of the cache are counted beside those of the input; here they are part of it. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  if (!usage) return undefined;
  const input = countOf(usage.inputTokens);
  const cacheRead = countOf(usage.cacheReadInputTokens);
  const cacheWrite = countOf(usage.cacheWriteInputTokens);
  return {
    input: input === undefined ? undefined : sum(input, cacheRead, cacheWrite),
    output: countOf(usage.outputTokens),
    cacheRead,
    cacheWrite,
    cacheWriteHour: sum(
      ...objectsOf(usage.cacheDetails)
        .filter(({ ttl }) => ttl === '1h')
        .map(({ inputTokens }) => countOf(inputTokens)),
    ),
  };
}

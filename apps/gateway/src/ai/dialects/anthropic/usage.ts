import { readTiers, type ServedTiers } from '../../prices/served-tiers.js';
import type { TokenUsage } from '../chat.js';
import { countOf, objectOf, type JsonObject } from '../../../wire/json.js';
import { sum } from '../usage.js';

/** How a message was served. */
export function readServed(usage: unknown): ServedTiers | undefined {
  return readTiers(objectOf(usage), 'service_tier', 'speed', 'inference_geo');
}

/** On this wire, tokens of the cache are counted beside those of the input; here they are part of it. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  if (!usage) return undefined;
  const input = countOf(usage.input_tokens);
  const cacheRead = countOf(usage.cache_read_input_tokens);
  const cacheWrite = countOf(usage.cache_creation_input_tokens);
  return {
    input: input === undefined ? undefined : sum(input, cacheRead, cacheWrite),
    output: countOf(usage.output_tokens),
    cacheRead,
    cacheWrite,
    cacheWriteHour: countOf(objectOf(usage.cache_creation)?.ephemeral_1h_input_tokens),
    reasoning: countOf(objectOf(usage.output_tokens_details)?.thinking_tokens),
  };
}

export function writeUsage(usage: TokenUsage): JsonObject {
  const { input = 0, output = 0, cacheRead, cacheWrite, reasoning } = usage;
  return {
    input_tokens: Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    output_tokens: output,
    cache_read_input_tokens: cacheRead ?? null,
    cache_creation_input_tokens: cacheWrite ?? null,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
  };
}

/** The usage of a whole message has members that those of an event have not. */
export function writeMessageUsage(usage: TokenUsage): JsonObject {
  return { ...writeUsage(usage), cache_creation: null, inference_geo: null, service_tier: null, speed: null };
}

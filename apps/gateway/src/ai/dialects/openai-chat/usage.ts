import type { TokenUsage } from '../chat.js';
import { countOf, objectOf, type JsonObject } from '../../../wire/json.js';
import { sum } from '../usage.js';

export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  // What is paid by the second has no tokens.
  if (!usage || usage.type === 'duration') return undefined;
  const input =
    objectOf(usage.prompt_tokens_details) ??
    objectOf(usage.input_tokens_details ?? usage.input_token_details);
  const output = objectOf(usage.completion_tokens_details);
  const reasoning = countOf(output?.reasoning_tokens);
  return {
    // Of images and transcripts it says `input_tokens` and `output_tokens`.
    input: countOf(usage.prompt_tokens) ?? countOf(usage.input_tokens),
    output: outputOf(usage, reasoning),
    // DeepSeek's name for the same.
    cacheRead: countOf(input?.cached_tokens) ?? countOf(usage.prompt_cache_hit_tokens),
    cacheWrite: countOf(input?.cache_write_tokens),
    reasoning,
    audioInput: countOf(input?.audio_tokens),
    audioOutput: countOf(output?.audio_tokens),
  };
}

/** xAI counts reasoning beside the completion instead of within it, which the total betrays. */
function outputOf(usage: JsonObject, reasoning: number | undefined): number | undefined {
  const completion = countOf(usage.completion_tokens) ?? countOf(usage.output_tokens);
  if (!reasoning || completion === undefined) return completion;
  const prompt = countOf(usage.prompt_tokens) ?? 0;
  return countOf(usage.total_tokens) === prompt + completion + reasoning
    ? completion + reasoning
    : completion;
}

export function writeUsage(usage: TokenUsage): JsonObject {
  return {
    prompt_tokens: usage.input ?? 0,
    completion_tokens: usage.output ?? 0,
    total_tokens: sum(usage.input, usage.output) ?? 0,
    prompt_tokens_details: details({
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
      audio_tokens: usage.audioInput,
    }),
    completion_tokens_details: details({
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOutput,
    }),
  };
}

function details(counts: Record<string, number | undefined>): JsonObject | undefined {
  return Object.values(counts).some((count) => count !== undefined) ? counts : undefined;
}

import type { TokenUsage } from '../chat.js';
import { countOf, type JsonObject } from '../../../wire/json.js';

/** @returns undefined but for a whole answer, and the last line of a stream */
export function readUsage(body: JsonObject): TokenUsage | undefined {
  const input = countOf(body.prompt_eval_count);
  const output = countOf(body.eval_count);
  return input === undefined && output === undefined ? undefined : { input, output };
}

/** Nobody knows how long what took at a provider, but clients want numbers. */
export function writeUsage({ input, output }: TokenUsage): JsonObject {
  return {
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: input ?? 0,
    prompt_eval_duration: 0,
    eval_count: output ?? 0,
    eval_duration: 0,
  };
}

import type { TokenLogprob } from '../chat.js';
import { numberOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';

export function writeLogprobs(logprobs: readonly TokenLogprob[]): JsonObject[] | undefined {
  if (logprobs.length === 0) return undefined;
  return logprobs.map(({ token, logprob, top }) => ({ token, logprob, top_logprobs: top }));
}

export function readLogprobs(value: unknown): TokenLogprob[] {
  return objectsOf(value).map((one) => ({ ...readOne(one), top: objectsOf(one.top_logprobs).map(readOne) }));
}

function readOne({ token, logprob }: JsonObject) {
  return { token: textOf(token) ?? '', logprob: numberOf(logprob) ?? 0 };
}

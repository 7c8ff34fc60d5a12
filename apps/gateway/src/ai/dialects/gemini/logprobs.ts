import type { TokenLogprob } from '../chat.js';
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';

export function readLogprobs(value: unknown): TokenLogprob[] {
  const result = objectOf(value);
  const top = objectsOf(result?.topCandidates);
  return objectsOf(result?.chosenCandidates).flatMap((chosen, index) =>
    readToken(chosen).map((token) => ({
      ...token,
      top: objectsOf(top[index]?.candidates).flatMap(readToken),
    })),
  );
}

function readToken(value: JsonObject): { token: string; logprob: number }[] {
  const token = textOf(value.token);
  const logprob = numberOf(value.logProbability);
  return token === undefined || logprob === undefined ? [] : [{ token, logprob }];
}

export function writeLogprobs(logprobs: readonly TokenLogprob[] | undefined): JsonObject | undefined {
  if (!logprobs) return undefined;
  return {
    chosenCandidates: logprobs.map(writeToken),
    topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(writeToken) })),
  };
}

function writeToken({ token, logprob }: { readonly token: string; readonly logprob: number }): JsonObject {
  return { token, logProbability: logprob };
}

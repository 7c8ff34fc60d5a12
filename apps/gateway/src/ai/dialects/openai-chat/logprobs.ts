import type { TokenLogprob } from '../chat.js';
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';

export function readLogprobs(value: unknown): TokenLogprob[] {
  return objectsOf(objectOf(value)?.content).flatMap((token) =>
    readToken(token).map((read) => ({ ...read, top: objectsOf(token.top_logprobs).flatMap(readToken) })),
  );
}

function readToken(value: JsonObject): { token: string; logprob: number }[] {
  const token = textOf(value.token);
  const logprob = numberOf(value.logprob);
  return token === undefined || logprob === undefined ? [] : [{ token, logprob }];
}

export function writeLogprobs(logprobs: readonly TokenLogprob[] | undefined): JsonObject | null {
  if (!logprobs) return null;
  const content = logprobs.map(({ top, ...token }) => ({
    ...writeToken(token),
    top_logprobs: top.map(writeToken),
  }));
  return { content, refusal: null };
}

export function writeToken({ token, logprob }: { readonly token: string; readonly logprob: number }) {
  return { token, logprob, bytes: [...Buffer.from(token)] };
}

import { type JsonObject, objectOf, textOf, countOf } from '../../wire/json.js';
import type { TokenUsage } from '../dialects/chat.js';
import { plausible } from '../records/attempt-account.js';
import { readUsage } from '../dialects/openai-responses/usage.js';

/** What a batch came to, once nothing more is added to it. */
export interface BatchUsage {
  /** As the provider names it; undefined: it does not say. */
  readonly model: string | undefined;
  /** Empty where the provider does not tell it. */
  readonly usage: TokenUsage;
  /** Those of its requests that were answered. */
  readonly requests: number;
}

/** Of these, requests may have been answered. One that `failed` was not begun. */
const OVER: readonly unknown[] = ['completed', 'expired', 'cancelled'];
/** Nothing more comes of these. */
export const ENDED: readonly unknown[] = [...OVER, 'failed'];

/** Providers say it, and rows take whole numbers. OpenAI has 50,000. */
const MAX_REQUESTS = 10_000_000;

/** @returns undefined for a batch that is under way, or was not begun */
export function batchUsage(batch: JsonObject): BatchUsage | undefined {
  if (!OVER.includes(batch.status)) return undefined;
  const usage = readUsage(batch.usage);
  const requests = countOf(objectOf(batch.request_counts)?.completed) ?? 0;
  if (!usage && requests === 0) return undefined;
  return {
    model: textOf(batch.model),
    usage: plausible(usage ?? {}),
    requests: Math.min(Math.round(requests), MAX_REQUESTS),
  };
}

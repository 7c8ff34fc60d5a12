import type { TokenUsage } from '../dialects/chat.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { OperationName } from '../operations/operation.js';
import { costOf } from '../prices/cost.js';
import { factorOf } from '../prices/service-tiers.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import { MAX_TOKENS, TOKEN_BYTES } from '../records/attempt-account.js';
import type { Asked } from '../requests/asked.js';
import { largestMember, outputBound } from '../requests/output-bound.js';
import { type Amounts, amountsOf } from './amounts.js';

/** They answer with numbers, for which nobody pays as for output. */
const WITHOUT_OUTPUT: ReadonlySet<OperationName> = new Set(['embeddings', 'batch_embeddings', 'moderations']);

const CANDIDATES = ['n', 'best_of', 'candidateCount', 'candidate_count'];

/** What a call uses at most, as far as that can be known before. */
export function estimateOf(asked: Asked, model: AiModel, at: number): Amounts {
  const { name } = asked.operation;
  if (name === 'count_tokens') return amountsOf({}, 0);
  const input = Math.ceil(asked.members.bytes.length / TOKEN_BYTES);
  const output = WITHOUT_OUTPUT.has(name) ? 0 : mostOutput(asked, model.assumed_output);
  return amountsOf({ input, output }, mostExpensive(asked, model, { input, output }, at));
}

function mostOutput(asked: Asked, assumed: number): number {
  const candidates = Math.max(1, largestMember(asked, CANDIDATES));
  return Math.min(MAX_TOKENS, (outputBound(asked) || assumed) * candidates * promptsOf(asked));
}

/** `completions` takes several prompts at once, each a text or a list of tokens. */
function promptsOf(asked: Asked): number {
  const prompt = asked.operation.name === 'completions' ? asked.member('prompt') : undefined;
  const isList = Array.isArray(prompt) && typeof prompt[0] !== 'number';
  return isList ? Math.max(1, prompt.length) : 1;
}

/** Any target may be the one that answers, and all of the input be written into its cache. */
function mostExpensive(
  asked: Asked,
  { targets }: AiModel,
  { input, output }: TokenUsage,
  at: number,
): NanoDollars {
  const cached = { input, output, cacheWrite: input, cacheWriteHour: mayKeepForAnHour(asked) ? input : 0 };
  const costs = targets.flatMap((target) => {
    const factor = factorOf(asked, target);
    // Of a target that is not told of a tier, the price is as it is.
    const most = typeof factor === 'number' ? Math.max(1, factor) : 1;
    return [{ input, output }, cached].map((usage) => costOf(target, usage, at, most) ?? 0);
  });
  return Math.max(...costs);
}

/** Whether `1h` is anywhere in it, however it is written in JSON. */
function mayKeepForAnHour({ members: { bytes } }: Asked): boolean {
  return ['"1h"', '\\u0031', '\\u0068'].some((text) => bytes.includes(text));
}

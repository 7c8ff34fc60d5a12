import type { TokenUsage } from '../dialects/chat.js';
import { isObject } from '../dialects/json.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { OperationName } from '../operations/operation.js';
import { costOf } from '../prices/cost.js';
import type { NanoDollars } from '../prices/nano-dollars.js';
import type { Asked } from '../requests/asked.js';
import { type Amounts, amountsOf } from './amounts.js';

/** Bytes of a token, at least: most texts have more, and what is not text is bounded by its size. */
const TOKEN_BYTES = 3;

/** They answer with numbers, for which nobody pays as for output. */
const WITHOUT_OUTPUT: ReadonlySet<OperationName> = new Set(['embeddings', 'batch_embeddings', 'moderations']);

const MOST_OUTPUT = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxOutputTokens'] as const;
const CANDIDATES = ['n', 'best_of', 'candidateCount', 'candidate_count'] as const;

/** What a call uses at most, as far as that can be known before. */
export function estimateOf(asked: Asked, model: AiModel, at: number): Amounts {
  const { name } = asked.operation;
  if (name === 'count_tokens') return amountsOf({}, 0);
  const input = Math.ceil(asked.members.bytes.length / TOKEN_BYTES);
  const output = WITHOUT_OUTPUT.has(name) ? 0 : mostOutput(asked, model.assumed_output);
  return amountsOf({ input, output }, mostExpensive(model, { input, output }, at));
}

/** Providers read one of these members, and which one is theirs to know. */
function mostOutput(asked: Asked, assumed: number): number {
  const settings = [asked.member('generationConfig'), asked.member('generation_config')].filter(isObject);
  const largest = (names: readonly string[]) => {
    const said = names.flatMap((name) => [asked.member(name), ...settings.map((one) => one[name])]);
    return Math.max(0, ...said.map(Number).filter(Number.isSafeInteger));
  };
  return (largest(MOST_OUTPUT) || assumed) * Math.max(1, largest(CANDIDATES));
}

/** Any target may be the one that answers, and all of the input be written into its cache. */
function mostExpensive({ targets }: AiModel, { input, output }: TokenUsage, at: number): NanoDollars {
  const cached = { input, output, cacheWrite: input };
  const costs = targets.flatMap((target) =>
    [{ input, output }, cached].map((usage) => costOf(target, usage, at) ?? 0),
  );
  return Math.max(...costs);
}

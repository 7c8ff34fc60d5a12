import type { TokenUsage } from '../dialects/chat.js';
import type { DialectName } from '../dialects/dialect.js';
import { isObject } from '../../wire/json.js';
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

/** Where each dialect says how much output is wanted at most; what another one has there is no bound in this one. */
const MOST_OUTPUT: Readonly<Record<DialectName, readonly string[]>> = {
  openai: ['max_tokens', 'max_completion_tokens'],
  openai_responses: ['max_output_tokens'],
  anthropic: ['max_tokens'],
  gemini: ['maxOutputTokens', 'max_output_tokens'],
};
const BOUNDED: ReadonlySet<OperationName> = new Set(['chat', 'completions']);
const CANDIDATES = ['n', 'best_of', 'candidateCount', 'candidate_count'];

/** What a call uses at most, as far as that can be known before. */
export function estimateOf(asked: Asked, model: AiModel, at: number): Amounts {
  const { name } = asked.operation;
  if (name === 'count_tokens') return amountsOf({}, 0);
  const input = Math.ceil(asked.members.bytes.length / TOKEN_BYTES);
  const output = WITHOUT_OUTPUT.has(name) ? 0 : mostOutput(asked, model.assumed_output);
  return amountsOf({ input, output }, mostExpensive(model, { input, output }, at));
}

function mostOutput(asked: Asked, assumed: number): number {
  const { name, dialect } = asked.operation;
  const most = BOUNDED.has(name) ? largest(asked, MOST_OUTPUT[dialect]) : 0;
  return (most || assumed) * Math.max(1, largest(asked, CANDIDATES)) * promptsOf(asked);
}

/** `completions` takes several prompts at once, each a text or a list of tokens. */
function promptsOf(asked: Asked): number {
  const prompt = asked.operation.name === 'completions' ? asked.member('prompt') : undefined;
  const isList = Array.isArray(prompt) && typeof prompt[0] !== 'number';
  return isList ? Math.max(1, prompt.length) : 1;
}

/** Gemini has settings in a member of their own, which may be written in two ways. */
function largest(asked: Asked, names: readonly string[]): number {
  const isGemini = asked.operation.dialect === 'gemini';
  const places = isGemini ? [asked.member('generationConfig'), asked.member('generation_config')] : [];
  const said = names.flatMap((name) =>
    isGemini ? places.filter(isObject).map((place) => place[name]) : [asked.member(name)],
  );
  return Math.max(0, ...said.map(Number).filter(Number.isSafeInteger));
}

/** Any target may be the one that answers, and all of the input be written into its cache. */
function mostExpensive({ targets }: AiModel, { input, output }: TokenUsage, at: number): NanoDollars {
  const cached = { input, output, cacheWrite: input };
  const costs = targets.flatMap((target) =>
    [{ input, output }, cached].map((usage) => costOf(target, usage, at) ?? 0),
  );
  return Math.max(...costs);
}

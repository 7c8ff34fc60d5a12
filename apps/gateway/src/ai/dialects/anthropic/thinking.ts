import type { ChatRequest } from '../chat.js';
import { effortOf, tokensOf, type Effort } from '../efforts.js';
import type { JsonObject } from '../../../wire/json.js';
import type { Losses } from '../losses.js';

const DEFAULT_MAX_TOKENS = 4_096;
const MIN_BUDGET = 1_024;

/** Models before Claude Opus 4.6 think by a budget of tokens; later ones by an effort, as much as they see fit. */
const BY_BUDGET = /claude-(?:3|(?:opus|sonnet|haiku)-4(?:$|[-@](?:[0-5](?!\d)|20\d{6})))/;

interface ThinkingMembers extends JsonObject {
  readonly max_tokens: number;
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number; readonly display?: string };
  readonly output_config?: { readonly effort: string };
}

/** How much is thought, and the limit of tokens, which contains what is thought. */
export function writeThinking(request: ChatRequest, losses: Losses): ThinkingMembers {
  const { reasoning, maxOutputTokens } = request;
  const unthinking = { max_tokens: maxOutputTokens ?? DEFAULT_MAX_TOKENS };
  if (!reasoning) return unthinking;
  if (reasoning.effort === 'none' || reasoning.budgetTokens === 0)
    return { ...unthinking, thinking: { type: 'disabled' } };
  const byBudget = BY_BUDGET.test(request.model);
  if (isForced(request) || (byBudget && isUnthoughtTurn(request))) {
    losses.drop('reasoning');
    return unthinking;
  }
  const display = reasoning.shown === undefined ? undefined : reasoning.shown ? 'summarized' : 'omitted';
  if (!byBudget) return { ...unthinking, ...writeEffort(request, display, losses) };
  return writeBudget(request, display, losses);
}

function writeEffort({ reasoning }: ChatRequest, display: string | undefined, losses: Losses) {
  const effort =
    reasoning?.effort ??
    (reasoning?.budgetTokens === undefined ? undefined : effortOf(reasoning.budgetTokens));
  if (effort === 'minimal' || reasoning?.budgetTokens !== undefined) losses.ignore('reasoning');
  return {
    thinking: { type: 'adaptive', display },
    output_config: effort === undefined ? undefined : { effort: effort === 'minimal' ? 'low' : effort },
  };
}

function writeBudget(request: ChatRequest, display: string | undefined, losses: Losses): ThinkingMembers {
  const { reasoning, maxOutputTokens } = request;
  const wanted =
    reasoning?.budgetTokens ?? tokensOf((reasoning?.effort ?? 'medium') as Exclude<Effort, 'none'>);
  const limit = maxOutputTokens ?? wanted + DEFAULT_MAX_TOKENS;
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, limit - 1));
  if (budget >= limit) {
    losses.drop('reasoning');
    return { max_tokens: limit };
  }
  if (budget !== reasoning?.budgetTokens) losses.ignore('reasoning');
  return { max_tokens: limit, thinking: { type: 'enabled', budget_tokens: budget, display } };
}

/** A model that has to call a tool cannot think about it. */
function isForced({ toolChoice }: ChatRequest): boolean {
  return toolChoice?.mode === 'required';
}

/** Whether tools were called in this turn without Claude's own thinking, from which it would have to go on. */
function isUnthoughtTurn({ messages }: ChatRequest): boolean {
  if (messages.at(-1)?.role !== 'tool') return false;
  const last = messages.findLast(({ role }) => role === 'assistant');
  return (
    last?.role === 'assistant' &&
    !last.parts.some((part) => part.type === 'reasoning' && part.by === 'anthropic')
  );
}

import type { ChatRequest } from '../chat.js';
import { effortOf, tokensOf } from '../efforts.js';
import type { JsonObject } from '../../../wire/json.js';
import type { Losses } from '../losses.js';

/** Models before Gemini 3 think by a budget of tokens, of at most so many; later ones at a level. */
const BY_BUDGET = /gemini-(?:1|2)/;
const MAX_BUDGET = 24_576;

export function writeThinking(request: ChatRequest, losses: Losses): JsonObject | undefined {
  const { reasoning, model } = request;
  if (!reasoning) return undefined;
  const thinking = BY_BUDGET.test(model) ? writeBudget(request, losses) : writeLevel(request, losses);
  if (thinking === undefined && reasoning.shown === undefined) return undefined;
  return { ...thinking, includeThoughts: reasoning.shown };
}

function writeBudget({ reasoning = {} }: ChatRequest, losses: Losses): JsonObject | undefined {
  const { effort, budgetTokens } = reasoning;
  if (budgetTokens !== undefined) return { thinkingBudget: budgetTokens };
  if (effort === undefined) return undefined;
  if (effort === 'none') return { thinkingBudget: 0 };
  losses.ignore('reasoning');
  return { thinkingBudget: Math.min(tokensOf(effort), MAX_BUDGET) };
}

function writeLevel({ reasoning = {} }: ChatRequest, losses: Losses): JsonObject | undefined {
  const { budgetTokens } = reasoning;
  const effort = reasoning.effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  if (effort === undefined) return undefined;
  const level = LEVELS[effort];
  if (level.toLowerCase() !== effort || budgetTokens !== undefined) losses.ignore('reasoning');
  return { thinkingLevel: level };
}

/** The nearest that there is. */
const LEVELS = {
  none: 'MINIMAL',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};

import { writeThinking } from '../anthropic/thinking.js';
import type { ChatRequest } from '../chat.js';
import { effortOf, type Effort } from '../efforts.js';
import type { Losses } from '../losses.js';
import type { JsonObject } from '../../../wire/json.js';
import { familyOf } from './family.js';

export interface WrittenReasoning {
  /** What only this family of models has. */
  readonly fields?: JsonObject;
  readonly effort?: string;
  readonly maxTokens?: number;
  /** Whether the model thinks. */
  readonly isOn?: boolean;
}

/** How much is thought: each family is told so in another way, and some in none. */
export function writeReasoning(request: ChatRequest, losses: Losses): WrittenReasoning {
  const { reasoning } = request;
  if (!reasoning) return {};
  const effort =
    reasoning.effort ?? (reasoning.budgetTokens === undefined ? 'medium' : effortOf(reasoning.budgetTokens));
  switch (familyOf(request.model)) {
    case 'claude':
      return writeClaude(request, losses);
    case 'nova_2':
      return writeNova(effort, losses);
    case 'gpt_oss': {
      // It always thinks.
      const told = LEVELS[effort] ?? 'low';
      if (told !== reasoning.effort) losses.ignore('reasoning');
      return { fields: { reasoning_effort: told }, isOn: true };
    }
    default:
      if (effort !== 'none') losses.drop('reasoning');
      return {};
  }
}

function writeClaude(request: ChatRequest, losses: Losses): WrittenReasoning {
  const { max_tokens: maxTokens, thinking, output_config: output } = writeThinking(request, losses);
  if (!thinking) return {};
  const isOn = thinking.type !== 'disabled';
  return {
    fields: { thinking },
    isOn,
    ...(output?.effort === undefined ? {} : { effort: output.effort }),
    ...(isOn ? { maxTokens } : {}),
  };
}

function writeNova(effort: Effort, losses: Losses): WrittenReasoning {
  if (effort === 'none') return { fields: { reasoningConfig: { type: 'disabled' } } };
  const maxReasoningEffort = LEVELS[effort] ?? 'low';
  if (maxReasoningEffort !== effort) losses.ignore('reasoning');
  return { fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort } }, isOn: true };
}

const LEVELS: Readonly<Partial<Record<Effort, string>>> = {
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

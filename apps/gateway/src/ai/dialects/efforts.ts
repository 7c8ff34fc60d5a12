import type { Reasoning } from './chat.js';

export type Effort = NonNullable<Reasoning['effort']>;

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** About as many tokens as each effort takes, for models that are told one and requests that say the other. */
const TOKENS: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
};

export function tokensOf(effort: Exclude<Effort, 'none'>): number {
  return TOKENS[effort];
}

/** The least effort that may take as many tokens. */
export function effortOf(budgetTokens: number): Effort {
  if (budgetTokens === 0) return 'none';
  return (['low', 'medium', 'high'] as const).find((effort) => TOKENS[effort] >= budgetTokens) ?? 'high';
}

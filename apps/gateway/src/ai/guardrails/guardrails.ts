import type { AiGuardrailDefinition } from './ai-guardrail-definition.js';
import type { Direction, FindingGuardrail, Guardrail } from './ai-guardrail.js';

/** A guardrail of a route, ready to look at texts. */
export interface Rail<Kind extends Guardrail = Guardrail> extends Pick<
  AiGuardrailDefinition,
  'name' | 'on' | 'action' | 'reversible' | 'unreadable' | 'hold_characters' | 'hold_time'
> {
  readonly guardrail: Kind;
}

/** The guardrails of a route, by what they look at. */
export type Rails = Readonly<Record<Direction, readonly Rail[]>>;

export function isFinding(rail: Rail): rail is Rail<FindingGuardrail> {
  return 'find' in rail.guardrail;
}

import type { Direction, GuardrailAction } from './ai-guardrail.js';

/** What a guardrail did in a call; never the text. */
export interface GuardrailEvent {
  readonly guardrail: string;
  readonly action: GuardrailAction;
  readonly on: Direction;
  /** How many stretches of text; 1 where it minded the whole. */
  readonly count: number;
}

/** Those of several calls. */
export function addedEvents(
  some: readonly GuardrailEvent[],
  others: readonly GuardrailEvent[],
): readonly GuardrailEvent[] {
  const events = new GuardrailEvents();
  for (const { guardrail, action, on, count } of [...some, ...others]) {
    events.add(guardrail, action, on, count);
  }
  return events.list;
}

/** What the guardrails of a call did, so far. */
export class GuardrailEvents {
  private readonly counts = new Map<string, GuardrailEvent>();

  add(guardrail: string, action: GuardrailAction, on: Direction, count = 1): void {
    const key = JSON.stringify([guardrail, action, on]);
    const before = this.counts.get(key)?.count ?? 0;
    this.counts.set(key, { guardrail, action, on, count: before + count });
  }

  get list(): readonly GuardrailEvent[] {
    return [...this.counts.values()];
  }

  /** The guardrails that noted something. */
  get flagged(): readonly string[] {
    return [
      ...new Set(this.list.filter(({ action }) => action === 'flag').map(({ guardrail }) => guardrail)),
    ];
  }
}

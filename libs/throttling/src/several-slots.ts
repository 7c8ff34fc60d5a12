import { type Consumption, type Limit, LimitState } from './limit.js';

/** What decides on the slot of a key in a Redis Cluster: what stands in {braces}, or all of it. */
export function slotOf(key: string): string {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open);
  return open < 0 || close < 0 ? key : key.slice(open, close);
}

/** The limits of a request by slot, in their order; undefined where all are in one. */
export function bySlot(limits: readonly Limit[]): Limit[][] | undefined {
  const groups = new Map<string, Limit[]>();
  for (const limit of limits) {
    const slot = slotOf(limit.key);
    const group = groups.get(slot);
    if (group) group.push(limit);
    else groups.set(slot, [limit]);
  }
  return groups.size === 1 ? undefined : [...groups.values()];
}

/** Counts and gives back the limits of one slot. */
export interface SlotCounter {
  consume(limits: readonly Limit[]): Promise<Consumption>;
  giveBack(limits: readonly Limit[]): Promise<unknown>;
}

/**
 * Counts a request in several slots at once, which no script reaches together: each for itself, side by side, and when one
 * refuses (or cannot be reached), what the others counted is given back. More than the limits say never passes; for the
 * moment until it is given back, less may.
 */
export async function consumeInSlots(
  limits: readonly Limit[],
  groups: readonly Limit[][],
  counter: SlotCounter,
): Promise<Consumption> {
  const outcomes = await Promise.allSettled(groups.map((group) => counter.consume(group)));
  const all = outcomes.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const failed = outcomes.find((one) => one.status === 'rejected');
  const refusedBy = all.find((one) => one?.refusedBy)?.refusedBy;
  const passed = groups.filter((_, index) => all[index] && !all[index].refusedBy);
  if (failed || refusedBy) {
    for (const one of all) one?.release?.();
    await Promise.all(passed.map((group) => counter.giveBack(group))).catch(() => undefined);
  }
  if (failed) throw failed.reason;
  const states = new Map(all.flatMap((one) => one!.states).map((state) => [state.terms.key, state]));
  const givenBack = new Set(refusedBy ? passed.flat() : []);
  return {
    states: limits.map((limit) => asGivenBack(states.get(limit.key)!, givenBack.has(limit))),
    refusedBy,
    release: refusedBy ? undefined : () => all.forEach((one) => one!.release?.()),
  };
}

function asGivenBack(state: LimitState, givenBack: boolean): LimitState {
  if (!givenBack) return state;
  const { terms, used, resetMs, waitMs } = state;
  return new LimitState(terms, Math.max(0, used - (terms.cost ?? 1)), resetMs, waitMs);
}

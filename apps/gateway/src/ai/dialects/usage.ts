import type { TokenUsage } from './chat.js';

/** What a later message leaves open, the earlier one said. */
export function mergeUsage(earlier: TokenUsage | undefined, later: TokenUsage): TokenUsage {
  const said = Object.entries(later).filter(([, value]) => value !== undefined);
  return { ...earlier, ...Object.fromEntries(said) };
}

/** Adds what is known; undefined where nothing is. */
export function sum(...counts: (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}

/** Adds what each says, kind by kind. */
export function addUsage(one: TokenUsage, other: TokenUsage): TokenUsage {
  const total: Record<string, number | undefined> = { ...one };
  for (const [kind, count] of Object.entries(other) as [keyof TokenUsage, number | undefined][]) {
    if (count !== undefined) total[kind] = (total[kind] ?? 0) + count;
  }
  return total;
}

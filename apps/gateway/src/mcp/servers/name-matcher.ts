/** How patterns say which names they mean. */
export interface Matching {
  /** For patterns that give something. */
  given(patterns: readonly string[]): (name: string) => boolean;
  /** For patterns that take something away, or demand something for it. */
  restricted(patterns: readonly string[]): (name: string) => boolean;
}

/** Names have one reading. */
export const NAMES: Matching = { given: nameMatcher, restricted: nameMatcher };

/** Tells which names are meant by names, and by beginnings of names with `*` behind them. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((one) => !one.endsWith('*')));
  const beginnings = patterns.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1));
  return (name) => exact.has(name) || beginnings.some((one) => name.startsWith(one));
}

/** Tells which names are meant by names, and by beginnings of names with `*` behind them. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((one) => !one.endsWith('*')));
  const beginnings = patterns.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1));
  return (name) => exact.has(name) || beginnings.some((one) => name.startsWith(one));
}

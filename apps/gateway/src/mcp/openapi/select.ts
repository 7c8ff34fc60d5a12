type Segments = readonly string[];

/** What of a value stands at these places, in the objects and lists around it. @param paths `*` is each member or item */
export function select(value: unknown, paths: readonly Segments[]): unknown {
  if (paths.some((one) => one.length === 0)) return value;
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => kept(item, String(index), paths));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.entries(value).flatMap(([name, member]) =>
    kept(member, name, paths).map((one) => [name, one] as const),
  );
  return Object.fromEntries(members);
}

/** What is left of a member: nothing, or one. */
function kept(member: unknown, name: string, paths: readonly Segments[]): unknown[] {
  const below = paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1));
  if (below.length === 0) return [];
  const left = select(member, below);
  return left === undefined ? [] : [left];
}

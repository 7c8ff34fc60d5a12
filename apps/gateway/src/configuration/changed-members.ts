import { isDeepStrictEqual } from 'node:util';

const MOST = 100;

/** Names of the members in which two definitions differ. Names alone: a value may be a secret. */
export function changedMembers(before: unknown, after: unknown): string[] {
  const a = membersOf(before);
  const b = membersOf(after);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isDeepStrictEqual(a[name], b[name]))
    .sort()
    .slice(0, MOST);
}

function membersOf(definition: unknown): Record<string, unknown> {
  return typeof definition === 'object' && definition !== null ? (definition as Record<string, unknown>) : {};
}

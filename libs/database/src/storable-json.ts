/** How JSON writes a NUL and half a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** JSON that PostgreSQL keeps: it takes no NUL and no half surrogate pair, and one must not stop a whole batch. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return UNSTORABLE.test(json) ? JSON.stringify(value, storableMember) : json;
}

function storableMember(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value.replaceAll('\0', '\uFFFD')).toString() : value;
}

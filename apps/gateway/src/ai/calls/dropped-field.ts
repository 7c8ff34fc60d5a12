/** Longer than this it says that there is more: a field of any length is refused somewhere on the way. */
const MAX_FIELD = 2_000;

/** What of a request was left out, for a header field: JSON pointers, percent-encoded where they have to be. */
export function droppedField(pointers: readonly string[]): string | undefined {
  if (pointers.length === 0) return undefined;
  const text = pointers.map(encoded).join(', ');
  return text.length <= MAX_FIELD ? text : `${text.slice(0, text.lastIndexOf(',', MAX_FIELD))}, ...`;
}

/** Half of a surrogate pair, which JSON can hold, has no encoding. */
function encoded(pointer: string): string {
  return encodeURI(Buffer.from(pointer).toString()).replaceAll(',', '%2C');
}

/** Every member of a detail and its value, a line each: what a person agrees to is never abridged. */
export function linesOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one !== 'object' || one === null))
      return [`${path}: ${value.join(', ')}`];
    return value.flatMap((one, index) => linesOf(one, `${path} ${index + 1}`));
  }
  if (typeof value !== 'object' || value === null) return [`${path}: ${String(value)}`];
  return Object.entries(value).flatMap(([name, member]) =>
    linesOf(member, path === '' ? name : `${path}, ${name}`),
  );
}

/** A path on this origin, kept for after the login; anything else becomes `/` (no open redirect). */
export function safeReturnTo(value: unknown): string {
  // Browsers read a backslash as a slash, and drop tabs and newlines, before they look for the host.
  if (typeof value !== 'string' || value.length > 2_048 || !/^\/[\x21-\x5B\x5D-\x7E]*$/.test(value))
    return '/';
  const origin = 'http://gateway.invalid';
  if (!URL.canParse(value, origin)) return '/';
  const url = new URL(value, origin);
  if (url.origin !== origin || url.pathname.startsWith('//') || url.pathname.startsWith('/.gatehouse'))
    return '/';
  return `${url.pathname}${url.search}`;
}

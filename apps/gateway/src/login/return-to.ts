/** Encoded, these are a host or a new line to whoever decodes once more than we do. */
const AMBIGUOUS_PATH = /^\/(?:%2F|%5C|%2E)|%(?:[01][0-9A-F]|7F|5C)/i;

/** Pages of the gateway itself that people sign in for. */
const OWN_PAGES = /^\/\.gatehouse\/(?:mcp\/connect\/[a-z0-9_-]+|ai-keys(?:\/new)?)$/;

/** A path on this origin, kept for after the login; undefined for anything else (no open redirect, RFC 9700 §4.11). */
export function readReturnTo(value: unknown): string | undefined {
  // Browsers read a backslash as a slash, and drop tabs and newlines, before they look for the host.
  if (typeof value !== 'string' || value.length > 2_048 || !/^\/[\x21-\x5B\x5D-\x7E]*$/.test(value))
    return undefined;
  if (AMBIGUOUS_PATH.test(value.split(/[?#]/, 1)[0]!)) return undefined;
  const origin = 'http://gateway.invalid';
  if (!URL.canParse(value, origin)) return undefined;
  const url = new URL(value, origin);
  if (url.origin !== origin || url.pathname.startsWith('//')) return undefined;
  if (url.pathname.startsWith('/.gatehouse') && !OWN_PAGES.test(url.pathname)) return undefined;
  return `${url.pathname}${url.search}`;
}

/** The same, with `/` for what is refused. */
export function safeReturnTo(value: unknown): string {
  return readReturnTo(value) ?? '/';
}

/** The two parts of a request target: the path, in the one form that is matched and forwarded, and the query as sent. */
export interface RequestPath {
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** Segments of ordinary characters, none of which begins with a dot: nothing to normalise, nothing to refuse. */
const PLAIN = /^(?:\/[A-Za-z0-9\-_~!$&'()*+,=:@][A-Za-z0-9\-._~!$&'()*+,=:@]*)+\/?$|^\/$/;
const ALLOWED = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
/** Encoded controls, slash, backslash and percent: what the upstream makes of them is anybody's guess. */
const AMBIGUOUS = /%(?:[01][0-9A-F]|7F|2F|5C|25)/;
/** Unreserved characters, and the others that the path of a route may hold: encoded, they must not lead past it. */
const DECODED = /^[A-Za-z0-9\-._~!$&'()+,=:@]$/;
/** Servers that know path parameters drop them, sent plainly or encoded, and then see a dot segment or an empty one. */
const NO_SEGMENT = /^(?:\.{1,2}(?:;|%3B|$)|;|%3B)/;

/**
 * Normalises a request target once (RFC 3986 §6.2.2): ordinary characters are decoded, hex digits are capitals.
 * What two servers could read in two ways is refused: dot segments, empty segments, encoded slashes, path parameters
 * on dots or on nothing, bytes that are no UTF-8 (over-long forms among them), absolute and authority forms.
 * @returns undefined when it is refused
 */
export function readRequestPath(target: string): RequestPath | undefined {
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  if (PLAIN.test(raw)) return isCleanQuery(query) ? { path: raw, query } : undefined;
  if (!raw.startsWith('/') || !ALLOWED.test(raw) || !isCleanQuery(query)) return undefined;
  const path = raw.replace(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return DECODED.test(character) ? character : encoded.toUpperCase();
  });
  if (AMBIGUOUS.test(path) || path.includes('//') || !isUtf8(path)) return undefined;
  return path.split('/').some((segment) => NO_SEGMENT.test(segment)) ? undefined : { path, query };
}

/** The path as a server sees it that knows path parameters (RFC 3986 §3.3) and cuts them off. */
export function withoutParameters(path: string): string {
  return path.replace(/(?:;|%3B)[^/]*/g, '');
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function isCleanQuery(query: string): boolean {
  return query === '' || (/^[\x21-\x7E]*$/.test(query) && !query.includes('#'));
}

/** Schemes a browser would run or read itself: never a redirect target. */
const FORBIDDEN_SCHEMES = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
  'about:',
  'filesystem:',
  'ws:',
  'wss:',
  'ftp:',
]);
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** RFC 8252 §7.1: a private-use scheme is a reversed domain name, so it holds a period. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/** Whether the URI is http on this very machine (RFC 8252 §7.3). */
export function isLoopback(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname);
}

/**
 * Why a redirect URI may not be registered, or undefined when it may: https, http on loopback, or a private-use
 * scheme (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).
 */
export function redirectUriFault(value: string): string | undefined {
  // What WHATWG URL would silently drop or turn around is refused before it is parsed.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007F\\]|[^\u0000-\u007F]/.test(value)) {
    return 'must hold no spaces, control characters, backslashes or non-ASCII characters';
  }
  if (!URL.canParse(value)) return 'must be an absolute URI';
  const url = new URL(value);
  if (value.includes('#')) return 'must not have a fragment (RFC 6749 §3.1.2)';
  if (url.username || url.password || /^[a-z][a-z0-9+.-]*:\/\/[^/?]*@/i.test(value))
    return 'must not have a user name';
  if (value.includes('*')) return 'must not have a wildcard: redirect URIs match exactly (RFC 9700 §4.1.3)';
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return `must not use the scheme ${url.protocol}`;
  if (url.protocol === 'https:') return hostFault(url);
  if (url.protocol === 'http:') {
    return isLoopback(url) ? undefined : 'must be https (http is for loopback addresses only)';
  }
  if (!PRIVATE_USE_SCHEME.test(url.protocol)) {
    return 'must be https, http on loopback, or a private-use scheme such as com.example.app: (RFC 8252 §7.1)';
  }
  return undefined;
}

function hostFault(url: URL): string | undefined {
  if (url.hostname.endsWith('.')) return 'must not have a host name that ends in a period';
  return url.hostname.length === 0 ? 'must have a host name' : undefined;
}

/**
 * The registered URI that a request's `redirect_uri` names: the same to the letter (RFC 9700 §4.1.3), but for the
 * port of a loopback address (RFC 8252 §7.3).
 */
export function matchRedirectUri(registered: readonly string[], requested: string): string | undefined {
  if (registered.includes(requested)) return requested;
  const port = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?(?=[/?]|$)/;
  if (!port.test(requested) || redirectUriFault(requested) !== undefined) return undefined;
  const withoutPort = requested.replace(port, 'http://$1');
  const matches = registered.some((uri) => port.test(uri) && uri.replace(port, 'http://$1') === withoutPort);
  return matches ? requested : undefined;
}

/**
 * Why a URL may not be a client_id, or undefined when it may (draft-ietf-oauth-client-id-metadata-document §3): it has
 * a path without dot segments, and neither user name nor fragment. It is compared as text, so it must be written in
 * the one way in which it would be fetched.
 */
export function clientIdUrlFault(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be an absolute URL';
  const url = new URL(value);
  if (url.username || url.password || value.includes('@')) return 'must not have a user name';
  if (value.includes('#')) return 'must not have a fragment';
  if (url.pathname === '/') return 'must have a path';
  // A dot segment, a default port, upper case or an odd character is not there any more after parsing.
  if (url.href !== value || /%2e/i.test(url.pathname)) return 'must be written in its normal form';
  return url.hostname.endsWith('.') ? 'must not have a host name that ends in a period' : undefined;
}

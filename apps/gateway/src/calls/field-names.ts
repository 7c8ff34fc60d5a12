/** RFC 9110 §7.6.1, and what Node has dealt with already (`Expect`). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** CGI and its heirs turn `-`, and some every sign, into `_`: what they could take for one field has one form here. */
export function oneSpelling(name: string): string {
  return name.replace(/[^a-z0-9]/g, '-');
}

/** What the gateway alone says to upstreams. @param name in lower case */
export function isReserved(name: string): boolean {
  if (!/^[xfc]/.test(name)) return false;
  const dashed = oneSpelling(name);
  return (
    dashed === 'forwarded' ||
    dashed.startsWith('x-forwarded') ||
    dashed.startsWith('x-gatehouse') ||
    dashed === 'x-request-id' ||
    dashed === 'x-real-ip' ||
    dashed === 'client-cert' ||
    dashed === 'client-cert-chain'
  );
}

/**
 * Names of people are not ASCII; in a header they are percent-encoded UTF-8, as upstreams are told in the docs. So is a
 * `%` of their own: to whoever decodes, it would begin something else.
 */
export function fieldValue(value: string): string {
  return /^[\x20-\x24\x26-\x7E]*$/.test(value) ? value : encodeURIComponent(Buffer.from(value).toString());
}

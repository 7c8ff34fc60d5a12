import type { IncomingCall } from '../calls/incoming-call.js';

/**
 * Whether the browser says that its request comes from the site's own origin: by Sec-Fetch-Site, which no page can
 * set, or, where that is missing, by Origin. (Pages that send no referrer post with `Origin: null`, even to themselves.)
 */
export function isSameOrigin({ headers }: Pick<IncomingCall, 'headers'>, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return headers.origin === origin;
}

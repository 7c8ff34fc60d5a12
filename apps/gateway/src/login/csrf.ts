import { Problem } from '@gatehouse/http';
import { equalSecrets, hashOf } from '@gatehouse/token';
import type { IncomingCall } from '../calls/incoming-call.js';
import { isSameOrigin } from './same-origin.js';

/** Where a page says that it is one of this site's own: no other site can set it, or read what belongs there. */
export const CSRF_HEADER = 'x-gatehouse-csrf';

/** What a call that changes something must prove: where it comes from, or that and the session's token. */
export type CsrfCheck = 'origin' | 'token';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For the page's own scripts: known to who has the session, and to nobody else. */
export function csrfToken(secret: string): string {
  return hashOf(`csrf ${secret}`);
}

/**
 * Session cookies come by themselves with whatever another site makes the browser send.
 * @throws Problem 403 when a call might be another site's
 */
export function demandOwnPage(call: IncomingCall, origin: string, secret: string, check: CsrfCheck): void {
  const opensSocket = call.headers.upgrade !== undefined;
  if (SAFE_METHODS.has(call.method) && !opensSocket) return;
  if (!isSameOrigin(call, origin)) {
    throw new Problem(403, 'This call changes something, and does not come from this site (Origin).');
  }
  // Scripts cannot set headers of a handshake; its origin is told by every browser.
  if (check === 'origin' || opensSocket) return;
  const sent = call.headers[CSRF_HEADER];
  if (typeof sent === 'string' && equalSecrets(sent, csrfToken(secret))) return;
  throw new Problem(
    403,
    `This call changes something: ${CSRF_HEADER} must be the csrf_token of /.gatehouse/userinfo.`,
  );
}

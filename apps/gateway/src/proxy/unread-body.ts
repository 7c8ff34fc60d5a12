import type { IncomingMessage } from 'node:http';

const LINGER_MS = 2_000;

/**
 * After an answer that came before the request's body was read: the rest is read and dropped for a moment, so that
 * the caller gets to see the answer (RFC 9112 §9.6); then the connection is closed. Left alone, the connection
 * would neither close nor take another request.
 */
export function dropUnreadBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
}

import { Readable } from 'node:stream';
import type { WireRequest } from './transport.js';

/** What undici finds wrong with a request before it sends it. */
const OF_THE_REQUEST = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_NOT_SUPPORTED',
]);

/**
 * Whether the upstream is to blame. The gateway's own reasons have no code; a caller that breaks off its upload must not
 * count against the target, or anybody could have targets ejected.
 */
export function isUpstreamFault(error: Error, { body }: WireRequest): boolean {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || OF_THE_REQUEST.has(code)) return false;
  return !(body instanceof Readable && body.errored === error);
}

const unsent = new WeakSet<Error>();

/** Marks an error before which the upstream got nothing of the request, or said that it did nothing with it. */
export function markUnsent<Kind extends Error>(error: Kind): Kind {
  unsent.add(error);
  return error;
}

/** Whether the request can be sent again, whatever its method. */
export function wasNotSent(error: Error): boolean {
  return unsent.has(error);
}

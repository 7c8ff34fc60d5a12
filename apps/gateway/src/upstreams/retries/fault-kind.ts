import { wasNotSent } from '../transport/upstream-fault.js';

export type FaultKind = 'connect' | 'reset' | 'timeout';

const LATE = new Set(['UND_ERR_HEADERS_TIMEOUT']);
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_STREAM_CANCEL',
]);

/** What went wrong before the head of an answer, as `retries.on` names it; undefined: nothing that a retry could mend. */
export function faultKind(error: Error): FaultKind | undefined {
  if (wasNotSent(error)) return 'connect';
  const { code = '' } = error as NodeJS.ErrnoException;
  if (LATE.has(code)) return 'timeout';
  return BROKEN.has(code) ? 'reset' : undefined;
}

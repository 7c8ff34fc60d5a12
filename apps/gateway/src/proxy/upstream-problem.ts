import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { UpstreamUnavailable } from '../upstreams/upstream-unavailable.js';

const LATE = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** What the caller is told of an upstream that failed; a `Problem` of the upstream's own pool says it better. */
export function upstreamProblem(call: Call, error: Error): Problem {
  if (error instanceof UpstreamUnavailable) call.fault ??= error.fault;
  if (error instanceof Problem) return error;
  if (LATE.has((error as NodeJS.ErrnoException).code ?? '')) {
    call.fault ??= 'upstream_timeout';
    return new Problem(504, 'The upstream did not answer in time.', { cause: error });
  }
  call.fault ??= 'upstream_failed';
  return new Problem(502, 'The upstream cannot be reached, or did not answer as HTTP asks for.', {
    cause: error,
  });
}

import { HttpErrorFilter } from '@gatehouse/http';
import type { AnswerHandler } from '../upstreams/upstream.js';

const errors = new HttpErrorFilter();

/**
 * Serves a call at an end of the gateway's own, which to the proxy is an upstream like any other.
 * @param serve is told when the caller has gone; what it throws is what the caller gets
 */
export function serveEnd(caller: AnswerHandler, serve: (gone: AbortSignal) => Promise<void>): void {
  const gone = new AbortController();
  caller.onStart((reason) => gone.abort(reason));
  serve(gone.signal).catch((thrown: unknown) => {
    const problem = errors.known(thrown);
    errors.report(thrown, problem);
    caller.onError(problem);
  });
}

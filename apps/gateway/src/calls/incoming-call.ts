import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * What guards see of a request, whether it is on its way to an upstream or to a controller of the gateway's own:
 * Fastify's request has all of it, too.
 */
export interface IncomingCall {
  /** The request's id: in the log, in `X-Request-Id` of the answer, and told to the upstream. */
  readonly id: string;
  readonly method: string;
  /** The request target as sent: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The caller's address; behind a trusted proxy the one that it names. */
  readonly ip: string;
  readonly protocol: string;
  /** The host and port that the caller used, as sent. */
  readonly host: string;
  readonly raw: IncomingMessage;
}

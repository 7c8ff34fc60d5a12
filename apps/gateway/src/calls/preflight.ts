import type { IncomingHttpHeaders } from 'node:http';

/** Whether a browser asks before the call itself whether a script may make it (Fetch §3.2.2). */
export function isPreflight({
  method,
  headers,
}: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}): boolean {
  return (
    method === 'OPTIONS' &&
    headers['access-control-request-method'] !== undefined &&
    headers.origin !== undefined
  );
}

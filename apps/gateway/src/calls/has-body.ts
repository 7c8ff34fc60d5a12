import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/** Whether the request has a body (RFC 9112 §6.3, RFC 9113 §8.1). */
export function hasBody({ raw }: { readonly raw: IncomingMessage }): boolean {
  const { headers } = raw;
  const length = headers['content-length'];
  if (raw.httpVersionMajor === 2) return length !== '0' && !endsAfterHeaders(raw);
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

function endsAfterHeaders(raw: IncomingMessage): boolean {
  return (raw as unknown as Http2ServerRequest).stream.endAfterHeaders;
}

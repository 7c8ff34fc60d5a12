import type { Http2ServerResponse } from 'node:http2';
import type { Call } from '../calls/call.js';

const NO_TIMER: Pick<NodeJS.Timeout, 'refresh'> = { refresh: () => undefined as never };

/**
 * Sends a piece of an answer's body. A caller who takes nothing of it for a while holds the upstream's connection, too: its
 * answer is broken off.
 * @returns false: no more until the response drains
 */
export function sendChunk(call: Call, chunk: Buffer): boolean {
  call.bytesOut += chunk.length;
  const more = call.response.write(chunk);
  if (!more) (call.sendTimer ??= watch(call)).refresh();
  return more;
}

function watch(call: Call): Pick<NodeJS.Timeout, 'refresh'> {
  const { sendTimeoutMs } = call.site;
  if (sendTimeoutMs === 0) return NO_TIMER;
  const timer = setTimeout(() => {
    if (isWaiting(call)) call.breakOff();
  }, sendTimeoutMs).unref();
  call.atEnd(() => clearTimeout(timer));
  return timer;
}

function isWaiting({ raw, response }: Call): boolean {
  if (raw.httpVersionMajor === 2)
    return (response as unknown as Http2ServerResponse).stream.writableNeedDrain;
  return response.writableNeedDrain;
}

import type { Http2ServerResponse } from 'node:http2';
import type { Call } from '../calls/call.js';

const NO_TIMER: Pick<NodeJS.Timeout, 'refresh'> = { refresh: () => undefined as never };

/** Bytes of a piece that is worth a write of its own. */
const LARGE = 4_096;
/** Small pieces that are gathered before they are written in any case. */
const MAX_GATHERED = 64;

/**
 * Sends a piece of an answer's body. Small ones that come at once, as the events of a stream do when an upstream is faster than
 * we are, become one write at the end of this turn of the event loop. A caller who takes nothing of it for a while holds
 * the upstream's connection, too: its answer is broken off.
 * @returns false: no more until the response drains
 */
export function sendChunk(call: Call, chunk: Buffer): boolean {
  call.bytesOut += chunk.length;
  const { gathered } = call;
  if (chunk.length < LARGE && gathered.length < MAX_GATHERED) {
    if (gathered.push(chunk) === 1) process.nextTick(sendGathered, call);
    return !isWaiting(call);
  }
  sendGathered(call);
  return write(call, chunk);
}

/** Ends the answer with what of it is still gathered. */
export function endChunks(call: Call): void {
  const { response } = call;
  const rest = response.writableEnded ? undefined : taken(call);
  if (rest) response.end(rest);
  else response.end();
}

function sendGathered(call: Call): void {
  const { response } = call;
  if (response.destroyed || response.writableEnded) return;
  const bytes = taken(call);
  if (bytes) write(call, bytes);
}

function taken({ gathered }: Call): Buffer | undefined {
  if (gathered.length === 0) return undefined;
  const bytes = gathered.length === 1 ? gathered[0] : Buffer.concat(gathered);
  gathered.length = 0;
  return bytes;
}

function write(call: Call, bytes: Buffer): boolean {
  const more = call.response.write(bytes);
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

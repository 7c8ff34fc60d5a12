import type { IncomingMessage } from 'node:http';
import { Problem } from '@gatehouse/http';
import { hasBody } from './has-body.js';

/**
 * The whole body of a request; empty where it has none. The request is left alive: its caller is still to be told what was
 * wrong.
 * @param limit bytes
 * @param onChunk sees each piece as it comes
 * @throws Problem 413 when it is larger, 400 when it broke off; and what `onChunk` throws
 */
export async function wholeBody(
  request: { readonly raw: IncomingMessage },
  limit: number,
  onChunk: (chunk: Buffer) => void = () => undefined,
): Promise<Buffer> {
  if (!hasBody(request)) return Buffer.alloc(0);
  const { raw } = request;
  if (Number(raw.headers['content-length']) > limit) throw tooLarge(limit);
  const body = await collected(raw, limit, onChunk);
  // An HTTP/2 request that was reset ends like a whole one, and says that it is complete.
  if (!raw.complete || raw.aborted) throw brokenOff();
  return body;
}

/** By its events: an iterator costs as much as all the rest of a small body. */
function collected(raw: IncomingMessage, limit: number, onChunk: (chunk: Buffer) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: unknown) => {
      leave();
      raw.pause();
      reject(error as Error);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      try {
        onChunk(chunk);
      } catch (error) {
        return fail(error);
      }
      if (bytes > limit) fail(tooLarge(limit));
      else chunks.push(chunk);
    };
    const end = () => {
      leave();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const breakOff = () => fail(brokenOff());
    const leave = () => {
      raw.off('data', take).off('end', end).off('close', breakOff).off('error', breakOff);
    };
    if (raw.destroyed && !raw.readableEnded) return breakOff();
    if (raw.readableEnded) return end();
    raw.on('end', end).on('close', breakOff).on('error', breakOff).on('data', take);
  });
}

function tooLarge(limit: number): Problem {
  return new Problem(413, `The body of the request is larger than ${limit} bytes.`);
}

function brokenOff(): Problem {
  return new Problem(400, 'The body of the request broke off.');
}

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
  const tooLarge = () => new Problem(413, `The body of the request is larger than ${limit} bytes.`);
  if (Number(raw.headers['content-length']) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      onChunk(chunk);
      if (bytes > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'The body of the request broke off.');
  }
  // An HTTP/2 request that was reset ends like a whole one, and says that it is complete.
  if (!raw.complete || raw.aborted) throw new Problem(400, 'The body of the request broke off.');
  return Buffer.concat(chunks);
}

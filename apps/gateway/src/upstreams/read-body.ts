import { Problem } from '@gatehouse/http';
import { HeaderList } from '../calls/header-list.js';
import { decodeRequestBody } from '../proxy/decode-body.js';
import { UnreadRequest } from '../proxy/request-body.js';
import type { UpstreamRequest } from './upstream.js';

/**
 * The body of a request, whole and without its coding.
 * @param limit bytes
 * @throws Problem 413 when it is larger, 400 when it broke off, 415 when its coding is unknown
 */
export async function readBody(request: UpstreamRequest, limit: number): Promise<Buffer> {
  const headers = new HeaderList(request.headers);
  const body =
    request instanceof UnreadRequest ? await request.whole(limit) : await collect(request, headers, limit);
  const coding = headers.all('content-encoding').join(',');
  return coding === '' ? body : decodeRequestBody(body, coding, limit);
}

/** What policies made of it. */
async function collect({ body }: UpstreamRequest, headers: HeaderList, limit: number): Promise<Buffer> {
  const length = Number(headers.get('content-length') ?? 0);
  const tooLarge = () => new Problem(413, `The body of the request is larger than ${limit} bytes.`);
  if (body === null) return Buffer.alloc(0);
  if (length > limit || (Buffer.isBuffer(body) && body.length > limit)) throw tooLarge();
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'The body of the request broke off.');
  }
  return Buffer.concat(chunks);
}

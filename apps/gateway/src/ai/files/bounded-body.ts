import { pipeline, type Readable, Transform } from 'node:stream';
import { HeaderList } from '../../calls/header-list.js';
import type { UpstreamRequest } from '../../upstreams/upstream.js';
import { AiProblem } from '../errors/ai-problem.js';

/**
 * An upload on its way: nothing of it is kept.
 * @param limit bytes
 * @throws AiProblem 413 where it says that it is larger; else the stream fails with one
 */
export function boundedBody({ headers, body }: UpstreamRequest, limit: number): Readable | Buffer {
  const fields = new HeaderList(headers);
  const tooLarge = () =>
    new AiProblem(413, `The file is larger than ${limit} bytes, with its form.`, 'request_too_large');
  if (fields.get('content-encoding'))
    throw new AiProblem(415, 'A file is sent without a coding.', 'invalid_request');
  if (body === null) return Buffer.alloc(0);
  const length = Buffer.isBuffer(body) ? body.length : Number(fields.get('content-length') ?? 0);
  if (length > limit) throw tooLarge();
  if (Buffer.isBuffer(body)) return body;
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      done(size > limit ? tooLarge() : null, chunk);
    },
  });
  // Whoever reads it is told of its end, whichever that is.
  return pipeline(body, bounded, () => undefined);
}

import { ObservingStream } from './observing-stream.js';

/** Lets everything through, and tells what it was at the end, unless it was larger than `limit` bytes. */
export function tap(limit: number, tell: (body: Buffer) => void): ObservingStream {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new ObservingStream({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else chunks.length = 0;
      done(null, chunk);
    },
    flush(done) {
      if (bytes <= limit) tell(Buffer.concat(chunks));
      done();
    },
  });
}

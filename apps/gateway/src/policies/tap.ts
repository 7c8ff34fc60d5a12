import { ObservingStream } from './observing-stream.js';

/**
 * Lets everything through, and tells what it was at the end, unless it was larger than `limit` bytes.
 * @param tooLarge called once, as soon as it is
 */
export function tap(
  limit: number,
  tell: (body: Buffer) => void,
  tooLarge: () => void = () => undefined,
): ObservingStream {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new ObservingStream({
    transform(chunk: Buffer, _encoding, done) {
      const fitted = bytes <= limit;
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else if (fitted) {
        chunks.length = 0;
        tooLarge();
      }
      done(null, chunk);
    },
    flush(done) {
      if (bytes <= limit) tell(Buffer.concat(chunks));
      done();
    },
  });
}

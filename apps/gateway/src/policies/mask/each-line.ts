import { Transform } from 'node:stream';
import { Problem } from '@gatehouse/http';

const NEWLINE = 0x0a;

/** Changes a stream line by line, as its lines come. @param limit bytes of one line */
export function eachLine(limit: number, change: (line: Buffer) => Buffer): Transform {
  let held: Buffer[] = [];
  let bytes = 0;
  const hold = (part: Buffer) => {
    bytes += part.length;
    if (bytes > limit) throw new Problem(502, `A line of the answer is larger than ${limit} bytes.`);
    held.push(part);
  };
  const release = (): Buffer => {
    const line = Buffer.concat(held);
    held = [];
    bytes = 0;
    return line.toString('latin1').trim() === '' ? line : change(line);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        let at = 0;
        for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
          hold(chunk.subarray(at, end));
          this.push(Buffer.concat([release(), Buffer.from('\n')]));
          at = end + 1;
        }
        hold(chunk.subarray(at));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, release());
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

import type { Readable } from 'node:stream';

/** Kept of a line whose rest nobody wants. */
const KEPT = 8_192;

/**
 * The lines of a stream of UTF-8.
 * @param max bytes of a line; Infinity: any number, of which the beginning is kept
 * @throws where a line is longer
 */
export async function* readLines(stream: Readable, max: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)])
        .toString()
        .replace(/\r$/, '');
      parts = [];
      size = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    if (size + rest.length > max) throw new Error(`it says a line of more than ${max} bytes`);
    if (max !== Infinity || size < KEPT) parts.push(rest);
    size += rest.length;
  }
}

import fc from 'fast-check';
import { EventFrames } from './event-frames.js';

const framesOf = (chunks: readonly Buffer[]) => {
  const frames = new EventFrames();
  const whole = chunks.flatMap((chunk) => frames.push(chunk)).map(String);
  return { whole, rest: String(frames.end()) };
};

/** Without the ends of lines around them, of which the last one may come with the next piece. */
const eventsOf = (frames: readonly string[]) => frames.map((one) => one.trim()).filter((one) => one !== '');

describe('the frames of an event stream', () => {
  it.each([
    ['data: a\n\ndata: b\n\n', ['data: a\n\n', 'data: b\n\n'], ''],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['data: a\r\n\r\n', 'data: b\r\n\r\n'], ''],
    ['data: a\r\rdata: b\r\r', ['data: a\r\r', 'data: b\r\r'], ''],
    [
      ': ping\n\nevent: x\ndata: a\ndata: b\n\ndata: c',
      [': ping\n\n', 'event: x\ndata: a\ndata: b\n\n'],
      'data: c',
    ],
    ['data: a\n', [], 'data: a\n'],
    ['', [], ''],
  ])('%j', (text, whole, rest) => expect(framesOf([Buffer.from(text)])).toEqual({ whole, rest }));

  it('are the same however the bytes are cut, and lose none', () => {
    const line = fc.constantFrom('data: ä', 'event: x', ': c', '');
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 })
      .map((lines) => Buffer.from(lines.flat().join('')));
    fc.assert(
      fc.property(stream, (bytes) => {
        const together = framesOf([bytes]);
        expect(together.whole.join('') + together.rest).toBe(bytes.toString());
        const pieces = framesOf([...bytes].map((byte) => Buffer.from([byte])));
        expect(pieces.whole.join('') + pieces.rest).toBe(bytes.toString());
        expect(eventsOf(pieces.whole)).toEqual(eventsOf(together.whole));
      }),
    );
  });
});

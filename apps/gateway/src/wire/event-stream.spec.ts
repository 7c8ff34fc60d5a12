import { EventStreamError, EventStreamParser, writeEvent } from './event-stream.js';

const read = (...chunks: (string | Uint8Array)[]) => {
  const parser = new EventStreamParser();
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  return [...bytes.flatMap((chunk) => [...parser.push(chunk)]), ...parser.end()];
};

const STREAM = [
  '\u{FEFF}event: message_start\r\ndata: {"text":"Grüße, 世界 🌍"}\r\n\r\n',
  ': a comment\n\n',
  'data: one\ndata: two\n\n',
  'data:no space\n\n',
  'event: nothing\n\n',
  'unknown: field\nretry: x\nid: 7\ndata: {}\r\r',
  'data: [DONE]\n\n',
].join('');

const EVENTS = [
  { event: 'message_start', data: '{"text":"Grüße, 世界 🌍"}' },
  { data: 'one\ntwo' },
  { data: 'no space' },
  { data: '{}' },
  { data: '[DONE]' },
];

describe('server-sent events', () => {
  it('are the same wherever their bytes are cut, also within a character or a line end', () => {
    const bytes = new TextEncoder().encode(STREAM);
    for (let at = 0; at <= bytes.length; at++) {
      expect(read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(EVENTS);
    }
    expect(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(EVENTS);
  });

  it('are taken from a stream that ends without an empty line', () => {
    expect(read('data: {"a":1}')).toEqual([{ data: '{"a":1}' }]);
    expect(read('data: {"a":1}\r')).toEqual([{ data: '{"a":1}' }]);
  });

  it('may be so large, and no larger', () => {
    const parser = () => new EventStreamParser(100);
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(parser().push(bytes(`data: ${'x'.repeat(90)}\n\n`))).toHaveLength(1);
    expect(() => parser().push(bytes(`data: ${'x'.repeat(101)}\n\n`))).toThrow(EventStreamError);
    const lines = parser();
    expect(() => {
      for (let line = 0; line < 20; line++) lines.push(bytes(`data: ${'x'.repeat(20)}\n`));
    }).toThrow(EventStreamError);
    expect(() => lines.push(bytes('data: 1\n\n'))).toThrow(EventStreamError);
    const unended = parser();
    expect(() => {
      for (let piece = 0; piece < 200; piece++) unended.push(bytes('x'));
    }).toThrow(EventStreamError);
  });

  it('are read as they are written', () => {
    const events = [{ event: 'ping', data: '{}' }, { data: 'two\nlines' }, { data: '' }];
    expect(read(...events.map(writeEvent))).toEqual(events);
  });
});

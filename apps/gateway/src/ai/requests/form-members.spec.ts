import fc from 'fast-check';
import { FormMembers } from './form-members.js';

const TYPE = 'multipart/form-data; boundary=x-1';
const field = (name: string, value: string, more = '') =>
  `--x-1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const file = (value: string) => field('file', value, '; filename="a.mp3"\r\nContent-Type: audio/mpeg');
const form = (...parts: string[]) =>
  new FormMembers(Buffer.from(`${parts.join('')}--x-1--\r\n`, 'latin1'), TYPE);

describe('the fields of a form (RFC 7578)', () => {
  it('are read wherever they stand, before the file or after it', () => {
    const after = form(
      file('\0\r\n--x-\r\n'),
      field('model', 'whisper'),
      field('n', '2'),
      field('stream', 'true'),
    );
    expect(['model', 'n', 'stream', 'other'].map((name) => after.value(name))).toEqual([
      'whisper',
      2,
      true,
      undefined,
    ]);
    expect(form(field('model', 'a'), file('x')).value('model')).toBe('a');
  });

  it('change alone, and no other byte', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all).toString('latin1'));
    fc.assert(
      fc.property(
        bytes.filter((one) => !one.includes('--x-1')),
        (sound) => {
          const parts = [
            field('language', 'de'),
            file(sound),
            field('model', 'alias'),
            field('prompt', 'ü'),
          ] as const;
          const changed = form(...parts).with('model', 'gpt-4o-transcribe');
          const wanted = [...parts.slice(0, 2), field('model', 'gpt-4o-transcribe'), parts[3]];
          expect(changed.toString('latin1')).toBe(`${wanted.join('')}--x-1--\r\n`);
        },
      ),
    );
  });

  it.each([
    ['twice', () => form(field('model', 'a'), field('model', 'b')).value('model')],
    ['as a file', () => form(file('a')).value('file')],
    ['in other letters', () => form(field('Model', 'a'), field('model', 'b'))],
    ['as a list', () => form(field('model[]', 'a')).demandSpelling('model')],
    ['in capitals', () => form(field('MODEL', 'a')).demandSpelling('model')],
  ])('are refused %s', (_, read) => expect(read).toThrow(/\/?[Mm]odel|file|MODEL/));

  it.each([
    ['no boundary', '', 'multipart/form-data'],
    ['another type', '', 'application/x-www-form-urlencoded'],
    ['a preamble', `hello\r\n${field('model', 'a')}--x-1--`, TYPE],
    ['no end', field('model', 'a'), TYPE],
    ['an epilogue', `${field('model', 'a')}--x-1--\r\nmore`, TYPE],
    ['bare line feeds', field('model', 'a').replaceAll('\r', '') + '--x-1--', TYPE],
    ['a name that is escaped', `${field('mo\\"del', 'a')}--x-1--`, TYPE],
    ['a name that is encoded', `${field('%6dodel', 'a')}--x-1--`, TYPE],
    ['two names', `${field('model', 'a', '; name="b"')}--x-1--`, TYPE],
    [
      'two dispositions',
      `${field('model', 'a', '\r\nContent-Disposition: form-data; name="b"')}--x-1--`,
      TYPE,
    ],
    ['a folded header', `${field('model', 'a', '\r\n x')}--x-1--`, TYPE],
    ['a coding', `${field('model', 'YQ==', '\r\nContent-Transfer-Encoding: base64')}--x-1--`, TYPE],
    ['no name', '--x-1\r\nContent-Disposition: form-data\r\n\r\na\r\n--x-1--', TYPE],
  ])('are refused with %s', (_, body, type) => {
    expect(() => new FormMembers(Buffer.from(body), type)).toThrow('The body');
  });

  it('are not too many, nor too long', () => {
    expect(() => form(...Array.from({ length: 201 }, (_, i) => field(`f${i}`, 'x')))).toThrow(
      'more than 200',
    );
    expect(() => form(field('model', 'x'.repeat(65_537))).value('model')).toThrow('65536 bytes');
  });
});

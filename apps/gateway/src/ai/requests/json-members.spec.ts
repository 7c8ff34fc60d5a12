import fc from 'fast-check';
import { BodyFault, JsonMembers } from './json-members.js';

const of = (text: string) => new JsonMembers(Buffer.from(text));

describe('the members of a body', () => {
  it('are found where they stand', () => {
    const text = ' {"a" : [1,{"b":"}\\""}] ,"model":"x\\u0041", "n":-1.5e3}\n';
    const members = of(text);
    expect([members.value('a'), members.value('model'), members.value('n')]).toEqual([
      [1, { b: '}"' }],
      'xA',
      -1500,
    ]);
    const { start, end } = members.span('model')!;
    expect(text.slice(start, end)).toBe('"x\\u0041"');
    expect(members.value('b')).toBeUndefined();
  });

  it.each([
    ['{"model":"a","model":"b"}', '/model'],
    ['{"model":"a","Model":"b"}', '/Model'],
    ['{"model":"a","\\u006dodel":"b"}', '/model'],
    ['{"max_toKens":1,"max_tokens":2}', '/max_tokens'],
    ['{"\\u017ftream":true,"stream":false}', '/stream'],
  ])('are refused where one is there twice: %s (GHSA-4gph-2hhr-5mwg)', (text, pointer) => {
    expect(() => of(text)).toThrow(expect.objectContaining({ pointer }) as Error);
  });

  it('must not be called like one that is looked at', () => {
    const members = of('{"Model":"a"}');
    expect(() => members.demandSpelling('model')).toThrow('Model must be written model');
    expect(() => members.demandSpelling('stream')).not.toThrow();
  });

  it('twice, deeper down, are not our business', () => {
    expect(of('{"a":{"b":1,"b":2}}').value('a')).toEqual({ b: 2 });
  });

  it.each([
    '',
    '[]',
    'null',
    '"a"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '{"a":1}{"b":2}',
    '{"a":1} x',
    '{"a":[1}',
    '{"a":{]}}',
    '{"a":"b}',
    '{"a":"b\\"}',
    '{"a":tru}',
    '{"a":01}',
    '{"a":NaN}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"\\x":1}',
    '\u{feff}{"a":1}',
    `{"a":${'['.repeat(300)}${']'.repeat(300)}}`,
  ])('of what is no JSON object are none: %s', (text) => expect(() => of(text)).toThrow(BodyFault));

  it('are those that JSON.parse finds, with the same values', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 8 });
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const names = Object.keys(value);
        fc.pre(new Set(names.map((name) => name.toUpperCase().toLowerCase())).size === names.length);
        const members = of(JSON.stringify(value, null, space));
        for (const name of names)
          expect(members.value(name)).toEqual(JSON.parse(JSON.stringify(value[name])));
        expect(members.isEmpty).toBe(names.length === 0);
      }),
    );
  });

  it('are 1,000 at most', () => {
    const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}`;
    expect(new JsonMembers(Buffer.from(members(1_000))).value('m999')).toBe(1);
    expect(() => new JsonMembers(Buffer.from(members(1_001)))).toThrow('more than 1000 members');
  });
});

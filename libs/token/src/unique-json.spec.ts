import { parseUniqueJson } from './unique-json.js';

describe('parseUniqueJson', () => {
  it.each(['{}', '{"a":1,"b":{"a":[{"a":":"},"a"]}}', '{"a":"\\"a\\":","b":"{"}', '{"a":"a","b":"a"}'])(
    'reads %s',
    (text) => expect(parseUniqueJson(text)).toEqual(JSON.parse(text)),
  );

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"a":1}}',
    '{"x":[{"a":1,"b":2,"a":1}]}',
    '[]',
    'null',
    '"a"',
    '{',
    '',
    `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`,
  ])('refuses %s', (text) => expect(parseUniqueJson(text)).toBeUndefined());
});

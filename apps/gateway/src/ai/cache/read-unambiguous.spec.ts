import { canonicalJson } from '../../wire/canonical-json.js';
import { readUnambiguous } from './read-unambiguous.js';

const canonical = (text: string) => {
  const value = readUnambiguous(Buffer.from(text));
  return value && canonicalJson(value);
};

describe('canonical JSON', () => {
  it('does not tell order, space and spelling apart', () => {
    const one = canonical('{"a":{"y":1.0,"x":[1,"\\u00e4"]},"b":null}');
    expect(one).toBe('{"a":{"x":[1,"ä"],"y":1},"b":null}');
    expect(canonical('{ "b" : null, "a":\n{"x":[1, "ä"], "y":1} }')).toBe(one);
  });

  it('tells everything else apart', () => {
    const texts = ['{"a":[1,2]}', '{"a":[2,1]}', '{"a":"1"}', '{"a":1}', '{"a":{}}', '{"__proto__":1}', '{}'];
    expect(new Set(texts.map(canonical)).size).toBe(texts.length);
  });

  it.each([
    ['a name twice, of which some readers take the first (RFC 8259 §4)', '{"a":{"b":1,"b":2}}'],
    ['numbers that a double rounds', '{"seed":9007199254740993}'],
    ['numbers that a double does not reach', '{"a":1e400}'],
    ['no JSON', '{"a":}'],
  ])('has none for %s', (_, text) => {
    expect(canonical(text)).toBeUndefined();
  });

  it('has none for bytes that are no UTF-8', () => {
    expect(readUnambiguous(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });
});

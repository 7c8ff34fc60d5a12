import { Problem } from '@gatehouse/http';
import {
  expressionFault,
  hasBareAlternatives,
  literalBeginning,
  RegularExpression,
} from './regular-expression.js';

describe('RegularExpression', () => {
  it('describes whole texts, and tells what its groups caught', () => {
    const expression = RegularExpression.of('/orders/(?P<id>[0-9]+)(?:/(?<tail>.*))?');
    expect(expression.describes('/orders/7')).toBe(true);
    expect(expression.describes('/orders/7x')).toBe(false);
    expect(expression.describes('x/orders/7')).toBe(false);
    expect({ ...expression.groupsOf('/orders/7/a/b') }).toEqual({ id: '7', tail: 'a/b' });
    expect({ ...expression.groupsOf('/orders/7') }).toEqual({ id: '7', tail: '' });
  });

  it.each(['/(a|aa|a*)*b', '/(a+)+b', '/(.*)(.*)(.*)(.*)(.*)b', '/.*a.{100}b'])(
    'regex bombs: the time that %s takes grows with the text and no faster',
    (source) => {
      const expression = RegularExpression.of(source);
      const time = (length: number) => {
        const text = `/${'a'.repeat(length)}c`;
        const times = Array.from({ length: 30 }, () => {
          const begun = performance.now();
          for (let i = 0; i < 10; i++) expression.describes(text);
          return performance.now() - begun;
        });
        return Math.min(...times);
      };
      time(250);
      // 16 times the text; a back-tracking engine would not come back from the shorter one.
      expect(time(4_000)).toBeLessThan(64 * Math.max(time(250), 0.05));
    },
  );

  it('looks at no text of more than 4,096 characters', () => {
    const expression = RegularExpression.of('a*');
    expect(expression.describes('a'.repeat(4_096))).toBe(true);
    expect(() => expression.describes('a'.repeat(4_097))).toThrow(Problem);
  });

  it.each(['(', '[a', 'a{1001}', '(?=a)', '(a)\\1', '(?:(?:[a-z]{50}){50})'])(
    '%s cannot be used',
    (source) => {
      expect(expressionFault(source)).toMatch(/^is no regular expression that can be used \(RE2\): /);
    },
  );
});

describe('literalBeginning', () => {
  it.each([
    ['/orders/[0-9]+', '/orders/'],
    ['/a\\.b\\-c(x)', '/a.b-c'],
    ['/ab*', '/a'],
    ['/ab?c', '/a'],
    ['/ab{2}', '/a'],
    ['/ab+c', '/a'],
    ['/a\\d', '/a'],
    ['/a\\.?', '/a'],
    ['/a.b', '/a'],
    ['/a(?i)B', '/a'],
    ['/a$', '/a'],
    ['/a', '/a'],
    ['(?:/a)', ''],
  ])('of %s it is %s', (source, text) => {
    expect(literalBeginning(source)).toBe(text);
  });
});

describe('hasBareAlternatives', () => {
  it.each(['/a|/b', '/(a)|b', '/[)]|b', '/a[]|]|b', '/[[:alpha:]]|b', '/[^]]|b', '|'])(
    '%s has some',
    (source) => {
      expect(hasBareAlternatives(source)).toBe(true);
    },
  );
  it.each(['/(a|b)', '/[|]', '/\\|', '/a[]|]', '/[[:alpha:]|]', '/(?:a(b|c))', '/[\\]|]'])(
    '%s has none',
    (source) => {
      expect(hasBareAlternatives(source)).toBe(false);
    },
  );
});

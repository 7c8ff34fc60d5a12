import { WordsGuardrail } from './words.guardrail.js';

const make = (words: string[], more: object = {}) =>
  new WordsGuardrail().make({ words, case_sensitive: false, whole_words: true, ...more });
const found = (words: string[], text: string, more: object = {}) =>
  make(words, more)
    .find(text)
    .map(({ start, end }) => text.slice(start, end));

describe('words', () => {
  it.each([
    [['top-secret'], 'It is top-secret.', ['top-secret']],
    [
      ['a.b', '(c)', 'x|y', '[z]', 'c++', '$1', '^', '\\d'],
      'a.b axb (c) x|y [z] c++ $1 ^ \\d 1',
      ['a.b', '(c)', 'x|y', '[z]', 'c++', '$1', '^', '\\d'],
    ],
    [['blue moon'], 'Blue \n moon, bluemoon', ['Blue \n moon']],
    [['Straße', 'ÉTÉ'], 'STRAßE été', ['STRAßE', 'été']],
    [['😀😁'], 'so 😀😁 and 😀', ['😀😁']],
  ])('are what they are written as: %j', (words, text, expected) => {
    expect(found(words, text)).toEqual(expected);
  });

  it('that begin alike are told one from another, the longer one first, however they are written', () => {
    expect(found(['ab', 'ABC', 'abcde'], 'xabcdx abcdex', { whole_words: false })).toEqual(['abc', 'abcde']);
    expect(found(['ab', 'abc'], 'ab abc abcd')).toEqual(['ab', 'abc']);
    expect(found(['ab', 'AB'], 'ab AB Ab', { case_sensitive: true })).toEqual(['ab', 'AB']);
  });

  it('are looked for in a time that does not grow with their number', () => {
    const word = (n: number) => [...String(n * 7_919)].map((digit) => 'bcdfghjklm'[Number(digit)]).join('a');
    const many = make(Array.from({ length: 5_000 }, (_, n) => word(n + 1)));
    const text = 'nobody says what is on the list of words '.repeat(7_500);
    const started = performance.now();
    expect(many.find(`${text}${word(4_321)}`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

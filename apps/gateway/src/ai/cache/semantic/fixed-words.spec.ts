import { fixedWords } from './fixed-words.js';

describe('what two questions that mean the same have in common', () => {
  it.each([
    ['How do I reset my password?', []],
    ["I'm lost. Where am I?", []],
    ['Convert 5 km to 3.1 miles', ['5', '3.1']],
    ['what is 2 - 2', ['2', '-', '2']],
    ['What is the capital of France? Is Paris?', ['France', 'Paris']],
    ["Is it safe? It isn't without risk, is it not?", ["isn't", 'without', 'not']],
    ['Translate "good day" with `x = 1`', ['"good day"', '`x = 1`']],
    ['Is iPhone cheaper than USD 100 or 90€', ['iPhone', 'USD', '100', '90', '€']],
    ['Flug von Köln nach Bonn, nicht umgekehrt', ['Köln', 'Bonn', 'nicht']],
  ])('%s', (text, expected) => {
    expect(fixedWords(text)).toEqual(expected);
  });

  it('is found in time that is linear in the text', () => {
    const text = `${'a-'.repeat(100_000)}"${'x.'.repeat(100_000)}`;
    const before = performance.now();
    fixedWords(text);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

import { headerText, pathText, queryPairs } from './encode-parameter.js';
import type { Parameter } from './parameters.js';

const of = (place: Parameter['in'], style: string, explode: boolean): Parameter => ({
  name: 'color',
  in: place,
  required: false,
  description: undefined,
  style,
  explode,
  isJson: false,
  schema: undefined,
});
const LIST = ['blue', 'black'];
const OBJECT = { R: 100, G: 200 };

describe('OpenAPI 3.1 §4.8.12.5, Style Examples', () => {
  it.each([
    ['simple', false, 'blue', 'blue,black', 'R,100,G,200'],
    ['simple', true, 'blue', 'blue,black', 'R=100,G=200'],
    ['label', false, '.blue', '.blue,black', '.R,100,G,200'],
    ['label', true, '.blue', '.blue.black', '.R=100.G=200'],
    ['matrix', false, ';color=blue', ';color=blue,black', ';color=R,100,G,200'],
    ['matrix', true, ';color=blue', ';color=blue;color=black', ';R=100;G=200'],
  ])('path: %s, explode %s', (style, explode, text, list, object) => {
    const parameter = of('path', style, explode);
    expect([pathText(parameter, 'blue'), pathText(parameter, LIST), pathText(parameter, OBJECT)]).toEqual([
      text,
      list,
      object,
    ]);
  });

  it.each([
    ['form', false, 'color=blue,black', 'color=R,100,G,200'],
    ['form', true, 'color=blue&color=black', 'R=100&G=200'],
    ['spaceDelimited', false, 'color=blue%20black', 'color=R%20100%20G%20200'],
    ['pipeDelimited', false, 'color=blue%7Cblack', 'color=R%7C100%7CG%7C200'],
    ['deepObject', true, undefined, 'color%5BR%5D=100&color%5BG%5D=200'],
  ])('query: %s, explode %s', (style, explode, list, object) => {
    const parameter = of('query', style, explode);
    const sent = (value: unknown) =>
      queryPairs(parameter, value)
        .map((pair) => pair.join('='))
        .join('&');
    if (list !== undefined) expect(sent(LIST)).toBe(list);
    expect(sent(OBJECT)).toBe(object);
  });

  it('header: simple', () => {
    expect(headerText(of('header', 'simple', false), LIST)).toBe('blue,black');
    expect(headerText(of('header', 'simple', true), OBJECT)).toBe('R=100,G=200');
  });

  it('a value that no style has a form for is refused, not guessed', () => {
    for (const value of [[[1]], { a: { b: 1 } }]) {
      expect(() => queryPairs(of('query', 'form', true), value)).toThrow('must not be that deep');
    }
    expect(() => queryPairs(of('query', 'deepObject', true), 'text')).toThrow('must be an object');
  });

  it('content in place of schema: the value is JSON', () => {
    const parameter = { ...of('query', 'form', true), isJson: true };
    expect(queryPairs(parameter, { a: [1] })).toEqual([['color', '%7B%22a%22%3A%5B1%5D%7D']]);
  });
});

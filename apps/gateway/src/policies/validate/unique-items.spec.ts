import { Schemas } from './schema-check.js';

describe.each(['2020-12', 'draft-07'] as const)('uniqueItems of %s', (dialect) => {
  const check = (schema: object) => new Schemas({ schema }, dialect).at('/schema');
  const unique = check({ type: 'array', uniqueItems: true });

  it.each([
    [
      'members in another order',
      [
        { a: 1, b: [2, { c: 3, d: 4 }] },
        { b: [2, { d: 4, c: 3 }], a: 1 },
      ],
    ],
    ['numbers that are written otherwise', [1, 2, 1.0]],
    ['lists', [[1, 'x'], [], [1, 'x']]],
    ['null', [null, 0, null]],
    ['a member called __proto__', [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')]],
  ])('finds what is equal: %s (JSON Schema 2020-12, §4.2.2)', (_, items) => {
    expect(unique(items)).toEqual([{ pointer: '', detail: 'must NOT have duplicate items' }]);
  });

  it.each([
    ['types', [1, '1', true, 'true', null, 'null', [], {}, '[]', '{}', 0, false, '']],
    [
      'the order of a list',
      [
        [1, 2],
        [2, 1],
      ],
    ],
    ['members called like those of every object', [JSON.parse('{"__proto__":1}'), {}]],
  ])('tells apart: %s', (_, items) => {
    expect(unique(items)).toEqual([]);
  });

  it('false asks for nothing', () => {
    expect(check({ type: 'array', uniqueItems: false })([1, 1])).toEqual([]);
  });

  it('takes no more than its time for many objects', () => {
    const items = Array.from({ length: 50_000 }, (_, id) => ({ id, tags: [id] }));
    const from = performance.now();
    expect(unique(items)).toEqual([]);
    // Each with each are 1,250,000,000 comparisons: minutes.
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

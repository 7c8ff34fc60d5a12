import { decodeQuestions, encodeQuestions, nearest, vectorOf } from './vectors.js';

const question = (key: string, numbers: number[], until = 2) => ({ key, vector: vectorOf(numbers)!, until });

describe('questions by what they mean', () => {
  const known = [question('east', [1, 0]), question('north', [0, 2]), question('long', [1, 0, 0])];

  it('are found by their direction, and never below the threshold', () => {
    expect(nearest(known, vectorOf([9, 1])!, 0.95, 1)?.key).toBe('east');
    expect(nearest(known, vectorOf([1, 9])!, 0.95, 1)?.key).toBe('north');
    expect(nearest(known, vectorOf([1, 1])!, 0.95, 1)).toBeUndefined();
  });

  it('are not found when their answer has expired', () => {
    expect(nearest([question('old', [1, 0], 1)], vectorOf([1, 0])!, 0.5, 1)).toBeUndefined();
  });

  it('come out as they went in', () => {
    expect(decodeQuestions(encodeQuestions(known))).toEqual(known);
  });

  it.each([[[0, 0]], [[]], [[1, 'x']], [[1e308, 1e308]]])('have no direction by %j', (numbers) => {
    expect(vectorOf(numbers)).toBeUndefined();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTables } from '../table.mjs';
import { hasTest } from '../linked-tests.js';
import { mutate, outcomeOf, readMutations, sample } from './mutations.mjs';

const ROOT = process.cwd();
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const all = readMutations(join(ROOT, 'test/conformance/mutations'));

describe('mutations', () => {
  it('are at least 60, each another one', () => {
    const keys = all.map(({ file, find, test }) => `${file} ${find} ${test}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(60);
  });

  it.each([...new Set(all.map(({ file }) => file))])('find what they take out of %s, once', (file) => {
    const source = read(file);
    const lost = all
      .filter((mutation) => mutation.file === file)
      .filter(({ find, replace }) => source.split(find).length !== 2 || find === replace)
      .map(({ find }) => find);
    expect(lost).toEqual([]);
  });

  it.each([...new Set(all.map(({ testFile }) => testFile))])('name tests that %s has', (testFile) => {
    const isThere = hasTest(ROOT, testFile);
    const names = all.filter((mutation) => mutation.testFile === testFile).map(({ test }) => test);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  it('are of tests that docs/conformance.md links to', () => {
    const { tables } = readTables(read('docs/conformance.md'));
    const linked = new Set(
      tables.flatMap(({ rows }) => rows.flatMap(({ tests }) => tests.map(({ name, file }) => file + name))),
    );
    expect(all.filter(({ testFile, test }) => !linked.has(testFile + test)).map(({ test }) => test)).toEqual(
      [],
    );
  });
});

describe('a mutation', () => {
  const mutation = { file: 'a.ts', find: 'if (b)', replace: 'if (false)' };

  it('takes out what is there once', () => {
    expect(mutate('x; if (b) y;', mutation)).toBe('x; if (false) y;');
  });

  it.each(['x;', 'if (b) x; if (b) y;'])('is an error in %j', (source) => {
    expect(() => mutate(source, mutation)).toThrow('a.ts: found');
  });
});

describe('a sample', () => {
  const numbers = Array.from({ length: 100 }, (_, index) => index);

  it('is the same for the same seed, and another for another', () => {
    expect(sample(numbers, 50, 1)).toEqual(sample(numbers, 50, 1));
    expect(sample(numbers, 50, 1)).not.toEqual(sample(numbers, 50, 2));
  });

  it('has each at most once, and no more than there are', () => {
    expect(new Set(sample(numbers, 50, 3)).size).toBe(50);
    expect(sample(numbers, 200, 4).sort((a, b) => a - b)).toEqual(numbers);
  });
});

describe('the outcome of a test', () => {
  const result = (...tests: { fullName: string; status: string; failureMessages?: string[] }[]) => ({
    testResults: [
      {
        message: 'Cannot find module',
        assertionResults: tests.map((test) => ({ failureMessages: [], ...test })),
      },
    ],
  });
  const failed = (message: string) => result({ fullName: 'a', status: 'failed', failureMessages: [message] });

  it.each([
    ['passed', result({ fullName: 'a', status: 'passed' })],
    ['failed', failed('expect(received)\n at Object.<anonymous> (x.spec.ts:1:1)')],
    [
      'failed',
      result({ fullName: 'a', status: 'passed' }, { fullName: 'a', status: 'failed', failureMessages: [''] }),
    ],
    ['broken', failed("Nest can't resolve\n    at Function.start (test/auth-server/auth-server.ts:80:1)")],
    ['missing', result({ fullName: 'a b', status: 'failed' })],
    ['missing', result({ fullName: 'a', status: 'pending' })],
    ['missing', result()],
  ])('is %s', (status, json) => {
    expect(outcomeOf(json, 'a').status).toBe(status);
  });
});

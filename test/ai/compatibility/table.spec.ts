import { BEGIN, END, readCells, withTables, writeTables } from './table.mjs';

const FILE = 'test/ai/compatibility/some.spec.ts';
const run = (tests: Record<string, string>, file = FILE) => ({
  testResults: [
    {
      name: `/root/${file}`,
      assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
    },
  ],
});

describe('the tables of docs/ai-compatibility.md', () => {
  const tests = {
    'A to X: text, by sdk 1, sdk 2': 'passed',
    'A to X: stop words is refused with 400, by sdk 1': 'passed',
    'A to Y: text, by sdk 1, sdk 2': 'passed',
    'something else': 'passed',
  };

  it('have a cell for each test, linked to it, and tell what an SDK is not asked for', () => {
    const { cells, faults } = readCells([run(tests)], '/root');
    expect(faults).toEqual([]);
    expect(writeTables(cells, ['text', 'stop words']).split('\n')).toEqual([
      '### A',
      '',
      'By `sdk 1`, `sdk 2`.',
      '',
      '| | X | Y |',
      '| --- | --- | --- |',
      `| text | [yes](../${FILE} "A to X: text") | [yes](../${FILE} "A to Y: text") |`,
      `| stop words | [400](../${FILE} "A to X: stop words is refused with 400") | – |`,
      '',
      '- `sdk 2` is not asked for: stop words.',
    ]);
  });

  it.each(['failed', 'pending'])('notice a test that is %s', (status) => {
    const { faults } = readCells([run({ 'A to X: text, by sdk 1': status })], '/root');
    expect(faults).toEqual([`${status}: ${FILE}: A to X: text, by sdk 1`]);
  });

  it('know no tests of other folders', () => {
    expect(readCells([run(tests, 'test/ai/other.spec.ts')], '/root').cells).toEqual([]);
  });

  it('take the place of those before', () => {
    expect(withTables(`a\n${BEGIN}\nold\n${END}\nb`, 'new')).toBe(`a\n${BEGIN}\n\nnew\n\n${END}\nb`);
    expect(() => withTables('no place', 'new')).toThrow('no place');
  });
});

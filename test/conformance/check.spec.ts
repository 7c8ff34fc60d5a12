import { readTables, resultFaults } from './table.mjs';

const ROOT = '/work';
const FILE = 'test/some.spec.ts';

const row = (shownBy: string, section = '§1') => `| ${section} | MUST be so | ${shownBy} |`;
const link = (name: string, file = FILE) => `[\`${name}\`](../${file})`;

function page(rows: string[], table = `${rows.length} requirements, ${rows.length} covered, 0 not covered`) {
  return [
    `# Conformance: ${table}`,
    `## RFC 1: ${table}`,
    '| Section | Requirement | Shown by |',
    '| ------- | ----------- | -------- |',
    ...rows,
  ].join('\n');
}

function faultsOf(text: string, ran: Record<string, string>, file = FILE): string[] {
  const { tables, faults } = readTables(text);
  const assertionResults = Object.entries(ran).map(([fullName, status]) => ({ fullName, status }));
  return [
    ...faults,
    ...resultFaults(tables, [{ testResults: [{ name: `${ROOT}/${file}`, assertionResults }] }], ROOT),
  ];
}

describe('the check of docs/conformance.md', () => {
  it('is content with links to tests that passed', () => {
    const rows = [row(link('a b')), row(`${link('a b')}<br>${link('c \\| d')}`)];
    expect(faultsOf(page(rows), { 'a b': 'passed', 'c | d': 'passed' })).toEqual([]);
  });

  it.each([
    ['to a test that does not exist', { other: 'passed' }, /no such test ran/],
    ['to a test whose name goes on', { 'a b c': 'passed' }, /no such test ran/],
    ['to a test that failed', { 'a b': 'failed' }, /failed/],
    ['to a test that did not run', { 'a b': 'pending' }, /pending/],
  ])('notices a link %s', (_case, ran, fault) => {
    expect(faultsOf(page([row(link('a b'))]), ran as Record<string, string>)).toEqual([
      expect.stringMatching(fault),
    ]);
  });

  it('notices a link to another file', () => {
    expect(faultsOf(page([row(link('a b', 'test/moved.spec.ts'))]), { 'a b': 'passed' })).toHaveLength(1);
  });

  it('notices a test that failed in one of several runs', () => {
    const { tables } = readTables(page([row(link('a'))]));
    const run = (status: string) => ({
      testResults: [{ name: `${ROOT}/${FILE}`, assertionResults: [{ fullName: 'a', status }] }],
    });
    expect(resultFaults(tables, [run('passed'), run('passed')], ROOT)).toEqual([]);
    expect(resultFaults(tables, [run('passed'), run('failed')], ROOT)).toHaveLength(1);
  });

  it.each([
    ['two cells', '| §1 | MUST be so |'],
    ['four cells', `| §1 | MUST be so | ${link('a')} | more |`],
    ['no section', row(link('a'), '')],
    ['a test without its file', row('`a`')],
    ['a file that is no test', row('[`a`](../apps/a.ts)')],
    ['nothing', row('')],
    ['no reason', row('not covered')],
  ])('notices a row with %s', (_case, text) => {
    expect(faultsOf(page([text], '0 requirements, 0 covered, 0 not covered'), { a: 'passed' })).toHaveLength(
      1,
    );
  });

  it('notices wrong counts, of a specification and of all', () => {
    const rows = [row(link('a')), row('not covered: not built')];
    expect(faultsOf(page(rows, '2 requirements, 1 covered, 1 not covered'), { a: 'passed' })).toEqual([]);
    const faults = faultsOf(page(rows, '2 requirements, 2 covered, 0 not covered'), { a: 'passed' });
    expect(faults).toEqual([
      'RFC 1: states 2 requirements, 2 covered, 0 not covered, has 2 requirements, 1 covered, 1 not covered',
      expect.stringMatching(/^Conformance: states/),
    ]);
  });

  it('notices a heading without counts', () => {
    const text = `${page([row(link('a'))])}\n## RFC 2\n`;
    expect(faultsOf(text, { a: 'passed' })).toEqual([expect.stringMatching(/a heading without its counts/)]);
  });
});

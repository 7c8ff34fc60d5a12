import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTables } from '../conformance/table.mjs';
import { hasTest } from '../conformance/linked-tests.js';

const ROOT = process.cwd();

describe('docs/conformance.md', () => {
  const { tables, faults } = readTables(readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8'));
  const links = tables.flatMap(({ rows }) => rows.flatMap(({ tests }) => tests));
  const files = [...new Set(links.map(({ file }) => file))];

  it('has well-formed rows, and counts that are right', () => {
    expect(faults).toEqual([]);
  });

  it.each(files)('links to tests that %s has', (file) => {
    const isThere = hasTest(ROOT, file);
    const names = links.filter((link) => link.file === file).map(({ name }) => name);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  it('says nothing twice', () => {
    const rows = tables.flatMap(({ name, rows: all }) =>
      all.map(({ section, requirement }) => `${name} ${section} ${requirement}`),
    );
    expect(rows.filter((row, index) => rows.indexOf(row) !== index)).toEqual([]);
  });
});

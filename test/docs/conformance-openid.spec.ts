import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLANS } from '../conformance/openid/plans.js';

const page = readFileSync(join(process.cwd(), 'docs/conformance-openid.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const PREFIX = 'fapi2-security-profile-final-';

/** The names in a cell. */
const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

describe('docs/conformance-openid.md', () => {
  it.each(Object.entries(PLANS))('lists what is run of %s', (plan, modules) => {
    const cells = rows.find((one) => one[1] === `\`${plan}\``)!;
    const listed = cells[5] === 'all of FAPI 2.0 below' ? described.filter(isFapi2) : named(cells[5]!);
    expect([...listed].sort()).toEqual([...new Set(modules)].sort());
  });

  const described = rows.flatMap(([, name]) => named(name!)).filter((name) => !name.includes('test-plan'));
  const isFapi2 = (name: string) => name.startsWith(PREFIX);
  const all = new Set(Object.values(PLANS).flat());

  it('describes each module that is run, once, and no other', () => {
    expect([...described].sort()).toEqual([...all].sort());
  });

  it.each(described)('links to the test of %s', (name) => {
    const cells = rows.find((one) => one[1] === `\`${name}\``)!;
    const file = /\(\.\.\/(.+)\)/.exec(cells[3]!)![1]!;
    const title = isFapi2(name) ? name.slice(PREFIX.length) : name;
    expect(readFileSync(join(process.cwd(), file), 'utf8')).toContain(`'${title}':`);
  });
});

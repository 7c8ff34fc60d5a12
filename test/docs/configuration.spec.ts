import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTING_NAMES, type Setting } from '@gatehouse/config';
import { settings as authServer } from '../../apps/auth-server/src/config.js';
import { settings as gateway } from '../../apps/gateway/src/config.js';

const page = readFileSync(join(process.cwd(), 'docs/configuration.md'), 'utf8');

function row(one: Setting<unknown>): string {
  const fallback = one.default === undefined ? '' : one.default === '' ? 'none' : `\`${one.default}\``;
  return `| \`${one.env}\` | ${fallback} | ${one.description} |`;
}

describe('docs/configuration.md', () => {
  const rows = [
    ...new Set(
      [...Object.values(authServer), ...Object.values(gateway)].map((one) => row(one as Setting<unknown>)),
    ),
  ];

  const squeezed = page.replace(/ +/g, ' ');

  it.each(rows)('has the row %s', (expected) => {
    expect(squeezed).toContain(expected.replace(/ +/g, ' '));
  });

  it.each([...SETTING_NAMES])('names %s', (name) => {
    expect(squeezed).toContain(`\`${name}\``);
  });
});

// Makes the tables of docs/ai-compatibility.md from the names of the tests that ran, as `jest --json` writes them:
//   CALLER to PROVIDER: FEATURE, by SDK, SDK …
//   CALLER to PROVIDER: FEATURE is refused with 400, by SDK, SDK …

const FOLDER = 'test/ai/compatibility/';
const NAME = /^(.+?) to (.+?): (.+?)( is refused with 400)?, by (.+)$/;
export const BEGIN = '<!-- Made by test/ai/compatibility/check.mjs: begin -->';
export const END = '<!-- end -->';

/** The cells that ran, and what of them did not pass. @param root of which the names of suites are told below */
export function readCells(results, root) {
  const cells = new Map();
  const faults = [];
  for (const suite of results.flatMap((result) => result.testResults)) {
    const file = suite.name.startsWith(`${root}/`) ? suite.name.slice(root.length + 1) : suite.name;
    if (!file.startsWith(FOLDER)) continue;
    for (const { fullName, status } of suite.assertionResults) {
      const [, caller, provider, feature, refused, sdks] = NAME.exec(fullName) ?? [];
      if (caller === undefined) continue;
      if (status !== 'passed') faults.push(`${status}: ${file}: ${fullName}`);
      cells.set(`${caller}\n${provider}\n${feature}`, {
        caller,
        provider,
        feature,
        file,
        isRefused: refused !== undefined,
        sdks: sdks.split(', '),
      });
    }
  }
  return { cells: [...cells.values()], faults };
}

/** @param order of the features @param cells as `readCells` has them */
export function writeTables(cells, order) {
  const callers = unique(cells.map(({ caller }) => caller)).sort();
  return callers
    .map((caller) =>
      writeTable(
        caller,
        cells.filter((cell) => cell.caller === caller),
        order,
      ),
    )
    .join('\n\n');
}

function writeTable(caller, cells, order) {
  const providers = unique(cells.map(({ provider }) => provider));
  const sdks = unique(cells.flatMap((cell) => cell.sdks));
  const rows = order.map((feature) => {
    const found = providers.map((provider) =>
      cells.find((cell) => cell.provider === provider && cell.feature === feature),
    );
    return `| ${[feature, ...found.map(writeCell)].join(' | ')} |`;
  });
  const lacking = sdks.flatMap((sdk) => {
    const lacks = order.filter(
      (feature) => !cells.some((cell) => cell.feature === feature && cell.sdks.includes(sdk)),
    );
    return lacks.length === 0 ? [] : [`- \`${sdk}\` is not asked for: ${lacks.join(', ')}.`];
  });
  return [
    `### ${caller}`,
    `By ${sdks.map((sdk) => `\`${sdk}\``).join(', ')}.`,
    [`| | ${providers.join(' | ')} |`, `| --- |${' --- |'.repeat(providers.length)}`, ...rows].join('\n'),
    ...(lacking.length > 0 ? [lacking.join('\n')] : []),
  ].join('\n\n');
}

function writeCell(cell) {
  if (!cell) return '–';
  const { caller, provider, feature, file, isRefused } = cell;
  const name = `${caller} to ${provider}: ${feature}${isRefused ? ' is refused with 400' : ''}`;
  return `[${isRefused ? '400' : 'yes'}](../${file} "${name}")`;
}

function unique(all) {
  return [...new Set(all)];
}

/** The page with other tables. */
export function withTables(page, tables) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the page has no place for the tables');
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tables}\n\n${page.slice(end)}`;
}

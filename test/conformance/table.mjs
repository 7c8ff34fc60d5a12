// Reads docs/conformance.md. Its form is strict, so that nothing in it escapes the check:
//   # …: N requirements, C covered, U not covered          the sum of all
//   ## SPECIFICATION: N requirements, C covered, U not covered
//   | Section | Requirement | Shown by |
// where "Shown by" is links [`full test name`](../path.spec.ts), separated by <br>, or `not covered: reason`.

const COUNTS = /: (\d+) requirements, (\d+) covered, (\d+) not covered$/;
const LINK = /^\[`([^`]+)`\]\(\.\.\/([^()\s]+\.spec\.ts)\)$/;
const CELL_END = /(?<!\\)\|/;

/** The tables of the page, and what is malformed in it. */
export function readTables(page) {
  const tables = [];
  const faults = [];
  let total;
  page.split('\n').forEach((line, index) => {
    const where = `line ${index + 1}`;
    if (/^##? /.test(line)) {
      const heading = readHeading(line);
      if (heading === undefined) return faults.push(`${where}: a heading without its counts: ${line}`);
      if (line.startsWith('# ')) total = heading;
      else tables.push({ ...heading, rows: [] });
    } else if (line.startsWith('|') && !isFrame(line)) {
      const row = readRow(line);
      if (typeof row === 'string') return faults.push(`${where}: ${row}`);
      if (tables.length === 0) return faults.push(`${where}: a row under no specification`);
      tables.at(-1).rows.push({ ...row, line: index + 1 });
    }
  });
  return { total, tables, faults: [...faults, ...countFaults(total, tables)] };
}

function readHeading(line) {
  const counts = COUNTS.exec(line);
  if (!counts) return undefined;
  const [all, covered, uncovered] = counts.slice(1).map(Number);
  return { name: line.slice(0, counts.index).replace(/^#+ /, ''), all, covered, uncovered };
}

/** The head of a table, and the line under it. */
function isFrame(line) {
  return /^\|[\s|:-]+\|$/.test(line) || /^\|\s*Section\s*\|\s*Requirement\s*\|\s*Shown by\s*\|$/.test(line);
}

function readRow(line) {
  const cells = line.trim().slice(1, -1).split(CELL_END);
  if (cells.length !== 3) return `${cells.length} cells, not 3`;
  const [section, requirement, shownBy] = cells.map((cell) => cell.trim());
  if (!section || !requirement) return 'a row without its section or requirement';
  const reason = /^not covered: (\S.*)$/.exec(shownBy);
  if (reason) return { section, requirement, tests: [], reason: reason[1] };
  const tests = [];
  for (const text of shownBy.split('<br>')) {
    const link = LINK.exec(text.trim());
    if (!link) return `neither a link to a test nor "not covered: reason": ${text.trim()}`;
    tests.push({ name: link[1].replaceAll('\\|', '|'), file: link[2] });
  }
  return { section, requirement, tests };
}

function countFaults(total, tables) {
  const faults = [];
  const sum = { all: 0, covered: 0, uncovered: 0 };
  for (const table of tables) {
    const covered = table.rows.filter((row) => row.tests.length > 0).length;
    const found = { all: table.rows.length, covered, uncovered: table.rows.length - covered };
    faults.push(...differences(table.name, table, found));
    for (const key of Object.keys(sum)) sum[key] += found[key];
  }
  if (total === undefined) return [...faults, 'no heading with the sum of all'];
  return [...faults, ...differences(total.name, total, sum)];
}

function differences(name, stated, found) {
  const text = ({ all, covered, uncovered }) =>
    `${all} requirements, ${covered} covered, ${uncovered} not covered`;
  return text(stated) === text(found) ? [] : [`${name}: states ${text(stated)}, has ${text(found)}`];
}

/** What is wrong with the links, by the results of `jest --json`, whose suites are named relative to `root`. */
export function resultFaults(tables, results, root) {
  const statuses = statusesOf(results, root);
  const faults = [];
  for (const { tests, line } of tables.flatMap((table) => table.rows)) {
    for (const { name, file } of tests) {
      const found = statuses.get(`${file}\n${name}`);
      const bad = found?.find((status) => status !== 'passed');
      if (found === undefined) faults.push(`line ${line}: no such test ran: ${file}: ${name}`);
      else if (bad) faults.push(`line ${line}: ${bad}: ${file}: ${name}`);
    }
  }
  return faults;
}

/** One test may have run several times: in several CI sections, or as several cases of one name. */
function statusesOf(results, root) {
  const statuses = new Map();
  for (const suite of results.flatMap((result) => result.testResults)) {
    const file = suite.name.startsWith(`${root}/`) ? suite.name.slice(root.length + 1) : suite.name;
    for (const { fullName, status } of suite.assertionResults) {
      const key = `${file}\n${fullName}`;
      statuses.set(key, [...(statuses.get(key) ?? []), status]);
    }
  }
  return statuses;
}

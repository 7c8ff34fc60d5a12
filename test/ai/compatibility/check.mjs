// Compares docs/ai-compatibility.md with what ran: check.mjs RESULT.json…, the files that `jest --json` wrote. With --write
// first it writes the tables anew. Fails when a cell's test does not exist or did not pass, and when the page has other cells
// than there are tests.
import { readFileSync, writeFileSync } from 'node:fs';
import { readCells, withTables, writeTables } from './table.mjs';

const PAGE = 'docs/ai-compatibility.md';
const [first, ...rest] = process.argv.slice(2);
const files = first === '--write' ? rest : [first, ...rest];
if (!files[0]) throw new Error('usage: check.mjs [--write] RESULT.json…');
const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const { cells, faults } = readCells(results, process.cwd());
const features = readFileSync('test/ai/compatibility/features.ts', 'utf8');
const order = [...features.matchAll(/^ {2}'(.+)',$/gm)].map(([, feature]) => feature);
const page = readFileSync(PAGE, 'utf8');
const written = withTables(page, writeTables(cells, order));
if (first === '--write') writeFileSync(PAGE, written);
else if (written !== page)
  faults.push('its cells are not the tests that ran: write it anew by check.mjs --write');
for (const fault of faults) console.log(`${PAGE}: ${fault}`);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${cells.length} cells are shown by tests that passed`);

// Compares docs/conformance.md with what ran: check.mjs RESULT.json…, the files that `jest --json` wrote.
// Fails when a row is malformed, a count is wrong, or a link names a test that did not run or did not pass.
import { readFileSync } from 'node:fs';
import { readTables, resultFaults } from './table.mjs';

const files = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: check.mjs RESULT.json…');
const { total, tables, faults } = readTables(readFileSync('docs/conformance.md', 'utf8'));
const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const all = [...faults, ...resultFaults(tables, results, process.cwd())];
for (const fault of all) console.log(`docs/conformance.md: ${fault}`);
if (all.length > 0) process.exitCode = 1;
else console.log(`${total.covered} of ${total.all} requirements are shown by tests that passed`);

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../stand/run.mjs';
import { memoryOf, StandError } from '../stand/stand.mjs';
import { summarise } from './statistics.mjs';
import { aimRows, speedRows, table } from './table.mjs';

const MIB = 1_048_576;

/** What figures are worth nothing without. Taken before the load. */
export function describeMachine() {
  const [one] = cpus();
  return { cores: cpus().length, model: one.model, node: process.version, loadAverageBefore: loadavg()[0] };
}

/** The memory of a program, beside the aims. */
export function memoryRow(name, program) {
  const { rss, peak } = memoryOf(program);
  return { name: `memory of ${name}`, found: `${mebibytes(rss)} MiB`, range: `peak ${mebibytes(peak)}` };
}

/** The same as a text, for a line of a soak. */
export function memoryText(program) {
  const { rss, peak } = memoryOf(program);
  return `RSS ${mebibytes(rss)} MiB (peak ${mebibytes(peak)})`;
}

/**
 * Prints what was found, and writes all of it to `.data/NAME.json`.
 * @throws StandError where a request failed
 */
export function tell(name, { seconds, rounds }, found) {
  const { machine, results, aims, profile } = found;
  const summaries = Object.fromEntries(
    Object.entries(results).map(([target, runs]) => [target, summarise(runs)]),
  );
  console.log(
    `\n${machine.cores} cores, ${machine.model}, Node ${machine.node}; ${rounds} rounds of ${seconds} s; ` +
      `load average before: ${machine.loadAverageBefore.toFixed(1)}\n`,
  );
  if (Object.keys(summaries).length > 0) console.log(table(speedRows(summaries)).join('\n'), '\n');
  console.log(table(aimRows(aims)).join('\n'), '\n');
  if (profile) console.log(profile);
  const file = join(ROOT, '.data', `${name}.json`);
  mkdirSync(join(ROOT, '.data'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...found, summaries }, null, 2)}\n`);
  console.log(`All of it: ${file}`);
  const errors = Object.values(summaries).reduce((sum, one) => sum + one.errors, 0);
  if (errors > 0) throw new StandError(`${errors} requests failed: these figures do not count`);
}

function mebibytes(bytes) {
  return Math.round(bytes / MIB);
}

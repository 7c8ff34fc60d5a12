// Takes checks out of the source, one at a time, and demands that the test linked to each fails; and that it passes
// while the source is whole. Two at a time, each in a scratch copy of the tree.
//   run.mjs [--sample N] [--seed N] [--only TEXT]   default: all; the seed defaults to the day
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readMutations, sample } from './mutations.mjs';
import { openPostgres } from './postgres.mjs';
import { ScratchTree } from './scratch.mjs';

const AT_ONCE = 2;
const DAY_MS = 86_400_000;

const { values } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Date.now() / DAY_MS));
const all = readMutations('test/conformance/mutations').filter(
  ({ requirement, file, test }) => !values.only || `${requirement} ${file} ${test}`.includes(values.only),
);
const chosen = sample(all, Number(values.sample ?? all.length), seed);
console.log(`${chosen.length} of ${all.length} mutations, seed ${seed}`);

const work = mkdtempSync(join(tmpdir(), 'gatehouse-mutations.'));
chmodSync(work, 0o711);
const postgres = await openPostgres(join(work, 'postgres'));
const faults = [];
try {
  const trees = Array.from({ length: AT_ONCE }, (_, index) => {
    const root = join(work, `tree-${index + 1}`);
    mkdirSync(root);
    return new ScratchTree(root, postgres.url);
  });
  const queue = [...baselines(chosen), ...chosen.map((mutation) => (tree) => mutated(tree, mutation))];
  await Promise.all(
    trees.map(async (tree) => {
      for (let task = queue.shift(); task; task = queue.shift()) await task(tree);
    }),
  );
} finally {
  await postgres.close();
  rmSync(work, { recursive: true, force: true });
}
for (const fault of faults) console.log(fault);
console.log(`${chosen.length} mutations, ${faults.length} faults`);
process.exitCode = faults.length === 0 && chosen.length > 0 ? 0 : 1;

/** The tests of each file, on the source as it is. */
function baselines(mutations) {
  const byFile = Map.groupBy?.(mutations, ({ testFile }) => testFile) ?? grouped(mutations);
  return [...byFile].map(([testFile, some]) => async (tree) => {
    const tests = [...new Set(some.map(({ test }) => test))];
    const outcomes = await tree.run(testFile, tests);
    outcomes.forEach(({ status, message }, index) => {
      if (status !== 'passed')
        faults.push(`${status} without a mutation: ${testFile}: ${tests[index]}: ${message}`);
    });
  });
}

function grouped(mutations) {
  const groups = new Map();
  for (const one of mutations) groups.set(one.testFile, [...(groups.get(one.testFile) ?? []), one]);
  return groups;
}

async function mutated(tree, mutation) {
  const { requirement, file, find, testFile, test } = mutation;
  const started = Date.now();
  const { status, message } = await tree.runMutated(mutation).catch((error) => ({
    status: 'error',
    message: error.message,
  }));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `${status === 'failed' ? 'noticed' : status} (${seconds} s) ${requirement}: ${find}: ${message}`,
  );
  if (status !== 'failed')
    faults.push(`NOT NOTICED (${status}): ${requirement}: ${file}: ${find}: ${testFile}: ${test}`);
}

import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { readProfile } from './profile.mjs';
import { table } from './table.mjs';
import { load } from '../stand/load.mjs';

const WARM_UP_S = 3;
const INTERVAL_US = 500;

/** Where a gateway spends its time under the guarded case. */
export function profileGateway(stand, { gatehouse, authorizations }, seconds) {
  const start = (options) => gatehouse.startAnother('profiled', { GATEHOUSE_USAGE: 'false' }, options);
  const targetOf = ({ program, url }) => ({ program, url: `${url}/limited/answer`, authorizations });
  return profileTarget(stand, start, targetOf, seconds);
}

/**
 * V8's sampling profiler on one more gateway.
 * @param start starts it, with options of Node
 * @param targetOf what is loaded of it
 */
export async function profileTarget(stand, start, targetOf, seconds) {
  const folder = join(stand.directory, 'profiles');
  mkdirSync(folder);
  const options = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${INTERVAL_US}`];
  const started = await start(options);
  const target = targetOf(started);
  await load(target, WARM_UP_S);
  const from = microseconds();
  await load(target, seconds);
  const to = microseconds();
  // The profile is written at the end.
  await stand.end(started.program);
  const { packages, functions } = readProfile(folder, { from, to });
  return `Self time by package\n${rows(packages)}\n\nSelf time by function\n${rows(functions)}\n`;
}

function rows(shares) {
  const lines = shares
    .filter(([, share]) => share >= 0.005)
    .map(([key, share]) => [key, `${(100 * share).toFixed(1)} %`]);
  return table([['', ''], ...lines])
    .slice(1)
    .join('\n');
}

/** The clock that V8 stamps its samples with. */
function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

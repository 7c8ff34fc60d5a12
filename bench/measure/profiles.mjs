import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../stand/load.mjs';
import { readProfile } from '../report/profile.mjs';

const WARM_UP_S = 2;
const INTERVAL_US = 500;

/** Runs the apps once more under V8's sampling profiler, each under its own load. */
export async function measureProfiles(stand, gatehouse, targets, seconds) {
  const folder = join(stand.directory, 'profiles');
  mkdirSync(folder);
  await gatehouse.stop();
  await gatehouse.start((name) => [
    '--cpu-prof',
    `--cpu-prof-dir=${join(folder, name)}`,
    `--cpu-prof-interval=${INTERVAL_US}`,
  ]);
  const windows = {};
  const programs = { gateway: gatehouse.gatewayProgram, 'auth-server': gatehouse.authServerProgram };
  for (const [name, one] of Object.entries(targets)) {
    const target = { ...one, program: programs[name] };
    await load(target, WARM_UP_S);
    const from = microseconds();
    await load(target, seconds);
    windows[name] = { from, to: microseconds() };
  }
  // The profiles are written at the end.
  await gatehouse.stop();
  return Object.fromEntries(
    Object.entries(windows).map(([name, window]) => [name, readProfile(join(folder, name), window)]),
  );
}

/** The clock that V8 stamps its samples with. */
function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

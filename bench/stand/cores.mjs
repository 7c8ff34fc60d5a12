import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** What is measured runs here, alone. */
export const MEASURED_CORE = 0;
/** Load generator, stores and upstream run here, and so does the bench itself. */
export const OTHER_CORE = 1;

/** A command pinned to one core; its threads and children stay there. */
export function onCore(core, command) {
  return ['taskset', '-c', String(core), ...command];
}

/** A command on both cores, although the bench is pinned to one. */
export function onBothCores(command) {
  return ['taskset', '-c', `${MEASURED_CORE},${OTHER_CORE}`, ...command];
}

/** Puts the bench, and so whatever it starts, beside what is measured. */
export function pinSelf() {
  execFileSync('taskset', ['-a', '-c', '-p', String(OTHER_CORE), String(process.pid)], { stdio: 'ignore' });
}

/** @returns one line for each thing this machine lacks */
export function missingPrograms() {
  const missing = [];
  if (cpus().length < 2) missing.push('two processor cores are needed: one is measured, one makes the load');
  for (const [program, debianPackage] of PROGRAMS) {
    if (!isInstalled(program)) missing.push(`${program} is not installed: apt-get install ${debianPackage}`);
  }
  return missing;
}

const PROGRAMS = [
  ['taskset', 'util-linux'],
  ['wrk', 'wrk'],
  ['redis-server', 'redis-server'],
  ['nginx', 'nginx-light'],
];

function isInstalled(program) {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

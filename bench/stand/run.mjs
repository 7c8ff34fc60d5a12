import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { missingPrograms, pinSelf } from './cores.mjs';
import { Stand, StandError } from './stand.mjs';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a bench on a stand of its own, which is gone afterwards whatever happens. What the operator has to mend is said
 * without a stack, and ends with exit code 1.
 * @param {(stand: Stand) => Promise<void>} bench
 */
export async function runOnStand(bench) {
  const missing = missingPrograms();
  if (missing.length > 0) throw new StandError(missing.join('\n'));
  await build();
  pinSelf();
  const stand = new Stand();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void interrupted(stand));
  try {
    await bench(stand);
  } finally {
    await stand.stop();
  }
}

/** Says what went wrong; for the end of a program. */
export function giveUp(error) {
  console.error(error instanceof StandError ? error.message : error);
  process.exit(1);
}

async function build() {
  const { ensureBuilt } = await import(pathToFileURL(join(ROOT, 'apps', 'launcher', 'build.mjs')).href);
  const errors = await ensureBuilt(ROOT, { onBuild: () => console.log('Building …') });
  if (errors !== undefined) throw new StandError(`The build failed:\n${errors}`);
}

async function interrupted(stand) {
  await stand.stop();
  process.exit(130);
}

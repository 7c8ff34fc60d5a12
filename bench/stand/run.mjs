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
 * @param {string} [root] the checkout that is measured
 */
export async function runOnStand(bench, root = ROOT) {
  const missing = missingPrograms();
  if (missing.length > 0) throw new StandError(missing.join('\n'));
  await build(root);
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

async function build(root) {
  const { ensureBuilt } = await import(pathToFileURL(join(root, 'apps', 'launcher', 'build.mjs')).href);
  const errors = await ensureBuilt(root, { onBuild: () => console.log('Building …') });
  if (errors !== undefined) throw new StandError(`The build failed:\n${errors}`);
}

async function interrupted(stand) {
  await stand.stop();
  process.exit(130);
}

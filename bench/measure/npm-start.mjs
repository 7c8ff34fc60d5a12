import { join } from 'node:path';
import { freePort, lastLines, StandError } from '../stand/stand.mjs';

const PORTS = ['AUTH', 'GATEWAY', 'DEMO_API', 'DEMO_APP'];
const READY = /is ready in/;

/**
 * What `npm start` runs, twice: on an empty data folder, and again on what it left. The build is up to date. On both
 * cores, since that is the promise.
 * @returns {Promise<{ first: number, second: number }>} milliseconds until everything is ready
 */
export async function measureNpmStart(stand, root) {
  const env = { GATEHOUSE_DATA_DIR: join(stand.directory, 'npm-start') };
  for (const name of PORTS) env[`GATEHOUSE_${name}_PORT`] = String(await freePort());
  return { first: await startOnce(stand, root, env), second: await startOnce(stand, root, env) };
}

async function startOnce(stand, root, env) {
  const command = [process.execPath, join(root, 'apps', 'launcher', 'start.mjs')];
  const launcher = stand.start('npm-start', command, { core: 'both', env, stdio: 'pipe' });
  try {
    return await untilReady(launcher);
  } finally {
    await stand.end(launcher, 'SIGINT');
  }
}

async function untilReady(launcher) {
  let output = '';
  for await (const chunk of launcher.child.stdout.setEncoding('utf8')) {
    output += chunk;
    if (!READY.test(output)) continue;
    const ready = performance.now() - launcher.startedAt;
    launcher.child.stdout.resume();
    return ready;
  }
  throw new StandError(`npm start ended before it was ready: ${output}${lastLines(launcher)}`);
}

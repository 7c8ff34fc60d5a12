import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURED_CORE } from '../stand/cores.mjs';
import { freePort } from '../stand/stand.mjs';

const PORTKEY = '@portkey-ai/gateway@1.15.2';
const MENDED = new URL('../peers/portkey-headers.mjs', import.meta.url).href;

/** Portkey's gateway, as its npm package starts it. It is installed beside this repository's own packages. */
export async function startPortkey(stand, root) {
  const folder = join(root, '.data', 'peers');
  const entry = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  if (!existsSync(entry)) install(folder);
  const port = await freePort();
  const program = stand.start(
    'portkey',
    [process.execPath, '--import', MENDED, entry, '--headless', `--port=${port}`],
    {
      core: MEASURED_CORE,
      env: { NODE_ENV: 'production' },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await stand.ready(program, url);
  return { program, url };
}

/** What tells it whom to ask: it takes that from header fields. */
export function portkeyHeaders(type, baseUrl) {
  return { 'x-portkey-provider': type, 'x-portkey-custom-host': baseUrl };
}

function install(folder) {
  console.log(`Installing ${PORTKEY} …`);
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, '--prefix', folder, PORTKEY], { stdio: 'inherit' });
}

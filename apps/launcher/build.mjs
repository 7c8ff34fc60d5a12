import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SOURCES = ['apps', 'libs', 'examples'];
const FILES = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];
const BUILD_LIMIT_MS = 300_000;

/**
 * Builds dist/ when anything that affects it has changed since the last build; at most one build runs at a time.
 * @param {string} root the repository
 * @param {{ onBuild?: () => void, retry?: boolean }} [options] `onBuild` is called before a build; `retry` builds
 *   again what failed, though nothing has changed
 * @returns {Promise<string | undefined>} the compiler's complaints, undefined when there are none. The files are
 *   written all the same: whether a type error is fatal is the caller's to say.
 */
export async function ensureBuilt(root, options = {}) {
  const current = (hash, stamp) => stamp?.hash === hash && !(options.retry && stamp.errors);
  const before = readStamp(root);
  if (current(sourcesHash(root), before)) return before.errors;
  const release = await lock(join(root, 'dist', '.building'));
  try {
    const hash = sourcesHash(root);
    const stamp = readStamp(root);
    if (current(hash, stamp)) return stamp.errors;
    options.onBuild?.();
    const errors = await compile(root);
    removeOrphans(root, join(root, 'dist'));
    writeFileSync(stampFile(root), JSON.stringify({ hash, errors }));
    return errors;
  } finally {
    release();
  }
}

const stampFile = (root) => join(root, 'dist', '.stamp.json');

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampFile(root), 'utf8'));
  } catch {
    return undefined;
  }
}

function sourcesHash(root) {
  const hash = createHash('sha256').update(process.version.split('.')[0]);
  const files = [
    ...FILES.map((name) => join(root, name)),
    ...SOURCES.flatMap((name) => listSources(join(root, name))),
  ];
  for (const file of files) {
    if (existsSync(file))
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function listSources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes(`node_modules`))
    .sort();
}

/** All projects share tsconfig.build.json, so that building one writes all of them; `--all` would do it once for each. */
function compile(root) {
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [nest, 'build', 'launcher'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : output.trim() || `nest build ended with ${code}`),
    );
  });
}

/** A source that was moved or deleted must not live on in dist/. */
function removeOrphans(root, folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.js(\.map)?$/.test(entry.name)) continue;
    const built = join(entry.parentPath ?? entry.path, entry.name);
    const source = join(root, relative(folder, built)).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(built);
  }
}

/** A lock file that names its holder; one left by a killed process is taken over. */
async function lock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + BUILD_LIMIT_MS;
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(file) || Date.now() > deadline) rmSync(file, { force: true });
    else await sleep(100);
  }
}

function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs < 1000) return false;
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ERR_INVALID_ARG_TYPE';
  }
}

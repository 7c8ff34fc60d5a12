import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { clusterUser } from './cluster-user.js';
import { describe, StartProblem } from './problem.js';

/**
 * Makes the folder that holds all data, private to this user. Run by root, it lets the user that PostgreSQL runs as
 * pass (not read).
 * @returns its absolute path
 * @throws StartProblem when it can't be written
 */
export function openDataDir(folder: string): string {
  const path = resolve(folder);
  try {
    makeFolder(path);
    protect(path);
    // To try it is the only answer that also holds for root, read-only file systems and full disks.
    const probe = join(path, `.probe-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw new StartProblem(
      `${path} can't be written (${describe(error)}): set GATEHOUSE_DATA_DIR to a folder that can.`,
    );
  }
  return path;
}

/** Node's own recursive mkdir never returns where a file system refuses with ENOENT (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function protect(path: string): void {
  const { uid } = statSync(path);
  if (process.getuid === undefined || uid !== process.getuid()) return;
  const user = clusterUser(join(path, 'postgres'));
  if (user === undefined) return chmodSync(path, 0o700);
  chownSync(path, uid, user.gid);
  chmodSync(path, 0o710);
}

/** The secret kept in a file of its own (mode 0600), generated (256 bits) when absent. */
export function keptSecret(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = randomBytes(32).toString('base64url');
  // Renamed when whole: a kill in between must not leave an empty secret.
  writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secret;
}

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, StartProblem } from './problem.js';

/** The operating-system user PostgreSQL runs as. */
export interface ClusterUser {
  name: string;
  uid: number;
  gid: number;
}

const NAME = 'postgres';

/**
 * PostgreSQL refuses to run as root: then it runs as the user who owns the cluster, or as `postgres`, made when absent.
 * @returns undefined when the current user can run it
 */
export function clusterUser(directory: string): ClusterUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(directory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0)
    return { name: `#${owner.uid}`, uid: owner.uid, gid: owner.gid };
  return findUser() ?? makeUser();
}

/** The first folder on the way to `path` that `user` can't pass; undefined when the way is free. */
export function blockedAt(path: string, user: ClusterUser): string | undefined {
  const parents: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    parents.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return parents.find((folder) => !maySearch(folder, user));
}

function maySearch(folder: string, user: ClusterUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

function findUser(): ClusterUser | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, NAME], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { name: NAME, uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function makeUser(): ClusterUser {
  const flags = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  try {
    execFileSync('useradd', [...flags, '--shell', '/usr/sbin/nologin', NAME], { stdio: 'pipe' });
  } catch (error) {
    throw cannotMake(error);
  }
  return findUser() ?? fail();
}

function fail(): never {
  throw cannotMake('useradd made no user');
}

function cannotMake(cause: unknown): StartProblem {
  return new StartProblem(
    `PostgreSQL can't run as root and the user "${NAME}" can't be made (${describe(cause)}): make it, run as an ordinary user, or set DATABASE_URL.`,
  );
}

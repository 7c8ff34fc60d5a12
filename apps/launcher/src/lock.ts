import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from './processes.js';

/** A lock that is held; `record` is kept in the lock file for whoever finds it after a crash. */
export interface HeldLock {
  /** What a killed holder left behind, undefined when it ended in order or there was none. */
  leftover: LockRecord | undefined;
  /** Notes processes that a successor has to clear away after a crash. */
  note(children: ProcessIdentity[]): void;
  release(): void;
}

/** What a lock file holds. */
export interface LockRecord {
  holder: ProcessIdentity;
  children: ProcessIdentity[];
}

/**
 * Takes the lock file unless another living process holds it.
 * @returns the lock, or the holder's process id
 */
export function tryLock(file: string): HeldLock | number {
  const holder = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  const write = (children: ProcessIdentity[], flag: 'w' | 'wx') =>
    writeFileSync(file, JSON.stringify({ holder, children }), { mode: 0o600, flag });
  let leftover: LockRecord | undefined;
  for (;;) {
    try {
      write([], 'wx');
      return {
        leftover,
        note: (children) => write(children, 'w'),
        release: () => rmSync(file, { force: true }),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = read(file);
    if (found !== undefined && isRunning(found.holder)) return found.holder.pid;
    leftover = found;
    setAside(file);
  }
}

/** Renamed before it is deleted: of two who find the same stale file only one succeeds. */
function setAside(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function read(file: string): LockRecord | undefined {
  try {
    const { holder, children } = JSON.parse(readFileSync(file, 'utf8')) as LockRecord;
    return { holder, children };
  } catch {
    return undefined;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, type HeldLock } from './lock.js';
import { identify } from './processes.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const held = (lock: HeldLock | number): HeldLock => {
  if (typeof lock === 'number') throw new Error(`held by ${lock}`);
  return lock;
};

describe('tryLock', () => {
  it('refuses a second holder, naming the first, until it is released', () => {
    const lock = held(tryLock(file));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(tryLock(file)).toBe(process.pid);
    lock.release();
    expect(existsSync(file)).toBe(false);
    held(tryLock(file)).release();
  });

  it('takes over from a holder that was killed, and tells of its children', async () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const holder = identify(other.pid ?? 0);
    const children = [{ pid: 1, startedAt: 'then' }];
    writeFileSync(file, JSON.stringify({ holder, children }));
    expect(tryLock(file)).toBe(other.pid);
    other.kill('SIGKILL');
    await once(other, 'exit');
    const lock = held(tryLock(file));
    expect(lock.leftover).toEqual({ holder, children });
    lock.release();
  });

  it('takes over when the number belongs to another process now, or the file is broken', () => {
    writeFileSync(
      file,
      JSON.stringify({ holder: { pid: process.pid, startedAt: 'long ago' }, children: [] }),
    );
    held(tryLock(file)).release();
    writeFileSync(file, '');
    held(tryLock(file)).release();
  });
});

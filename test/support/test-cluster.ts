import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDataDir } from '../../apps/launcher/src/data-dir.js';
import { tryLock, type HeldLock } from '../../apps/launcher/src/lock.js';
import { EmbeddedCluster } from '../../apps/launcher/src/postgres.js';
import { identify, isRunning } from '../../apps/launcher/src/processes.js';

const DATA = join(process.cwd(), '.data');
const DIRECTORY = join(DATA, 'test-postgres');
const RUNS = join(DATA, 'test-postgres.runs');
const LOCK = join(DATA, 'test-postgres.lock');

/** Joins the throw-away cluster that all test runs of this tree share, starting it when this is the first run. */
export async function joinCluster(): Promise<string> {
  openDataDir(DATA);
  mkdirSync(RUNS, { recursive: true });
  const lock = await waitForLock();
  try {
    const cluster = new EmbeddedCluster({ directory: DIRECTORY, durable: false });
    if (!(otherRuns() > 0 && cluster.attach())) await cluster.start();
    writeFileSync(join(RUNS, String(process.pid)), identify(process.pid)?.startedAt ?? '');
    return cluster.url();
  } finally {
    lock.release();
  }
}

/** Leaves the shared cluster, and stops it when no other run uses it. */
export async function leaveCluster(): Promise<void> {
  const lock = await waitForLock();
  try {
    rmSync(join(RUNS, String(process.pid)), { force: true });
    if (otherRuns() === 0) await new EmbeddedCluster({ directory: DIRECTORY, durable: false }).stop();
  } finally {
    lock.release();
  }
}

/** How many other runs use the cluster; what killed ones left is cleared away. */
function otherRuns(): number {
  const runs = readdirSync(RUNS).map((name) => ({
    pid: Number(name),
    startedAt: readFileSync(join(RUNS, name), 'utf8'),
  }));
  for (const run of runs) if (!isRunning(run)) rmSync(join(RUNS, String(run.pid)), { force: true });
  return runs.filter((run) => run.pid !== process.pid && isRunning(run)).length;
}

async function waitForLock(): Promise<HeldLock> {
  for (;;) {
    const lock = tryLock(LOCK);
    if (typeof lock !== 'number') return lock;
    await sleep(50);
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Demo, parseDemo, readDemoFile } from '../../examples/demo-flow/src/demo-file.js';
import type { RestartableApp } from '../../examples/demo-flow/src/flow.js';
import { freePort } from '../../apps/launcher/src/ports.js';
import { startApp } from '../support/app.js';
import { startGatehouse } from '../support/gatehouse.js';

/** The servers that the end-to-end tests talk to, known by their addresses and credentials alone. */
export interface Target {
  demo: Demo;
  /** Restarts one server; resolves when it is ready again. */
  restart(app: RestartableApp): Promise<void>;
  stop(): Promise<void>;
}

const RESTART_TIMEOUT_MS = 60_000;

/**
 * Servers of the suite's own, or, when GATEHOUSE_E2E_DEMO_FILE names a demo.json, the running ones that it
 * describes. Those are restarted by the shell command GATEHOUSE_E2E_RESTART, whose $1 is the app's name.
 */
export async function openTarget(): Promise<Target> {
  const file = process.env.GATEHOUSE_E2E_DEMO_FILE;
  if (file) return { demo: await readDemoFile(file), restart: restartByCommand, stop: async () => undefined };
  const gatehouse = await startGatehouse();
  return {
    demo: parseDemo(gatehouse.demo()),
    restart: (app) => gatehouse.restart(app),
    stop: () => gatehouse.stop(),
  };
}

/** As `openTarget`, with the demo web app beside the servers. */
export async function openTargetWithDemoApp(): Promise<Target> {
  if (process.env.GATEHOUSE_E2E_DEMO_FILE) return openTarget();
  const port = await freePort();
  const gatehouse = await startGatehouse({ GATEHOUSE_DEMO_APP_URL: `http://localhost:${port}` });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-e2e-'));
  const demoFile = join(folder, 'demo.json');
  writeFileSync(demoFile, JSON.stringify(gatehouse.demo()));
  const settings = { GATEHOUSE_DEMO_FILE: demoFile, GATEHOUSE_DEMO_APP_PORT: String(port) };
  const app = await startApp('demo-app', settings).catch(async (error: unknown) => {
    await gatehouse.stop();
    throw error;
  });
  return {
    demo: parseDemo(gatehouse.demo()),
    restart: (name) => gatehouse.restart(name),
    stop: async () => {
      await Promise.all([app.stop(), gatehouse.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function restartByCommand(app: RestartableApp): Promise<void> {
  const command = process.env.GATEHOUSE_E2E_RESTART;
  if (!command) {
    throw new Error(
      'The servers under test are not ours to restart: set GATEHOUSE_E2E_RESTART to a shell command that ' +
        'restarts the app named by $1 and returns when it is ready.',
    );
  }
  await promisify(execFile)('sh', ['-c', command, 'sh', app], { timeout: RESTART_TIMEOUT_MS });
}

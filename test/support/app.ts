import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../../apps/launcher/build.mjs';
import { freePort } from '../../apps/launcher/src/ports.js';

const ROOT = process.cwd();
const READY_MS = 60_000;
const STOP_MS = 15_000;
const POLL_MS = 25;
const LOG_LIMIT = 200_000;

const PROGRAMS = {
  'auth-server': {
    entry: 'apps/auth-server',
    host: 'GATEHOUSE_AUTH_HOST',
    port: 'GATEHOUSE_AUTH_PORT',
    health: '/health/ready',
  },
  gateway: {
    entry: 'apps/gateway',
    host: 'GATEHOUSE_GATEWAY_HOST',
    port: 'GATEHOUSE_GATEWAY_PORT',
    health: '/health/ready',
  },
  'demo-api': {
    entry: 'examples/demo-api',
    host: 'GATEHOUSE_DEMO_API_HOST',
    port: 'GATEHOUSE_DEMO_API_PORT',
    health: '/health',
  },
  'demo-app': {
    entry: 'examples/demo-app',
    host: 'GATEHOUSE_DEMO_APP_HOST',
    port: 'GATEHOUSE_DEMO_APP_PORT',
    health: '/health',
  },
} as const;

/** A program that can be started for a test. */
export type ProgramName = keyof typeof PROGRAMS;

/** Environment variables of a program, beside PATH and its like. */
export type ProgramEnv = Record<string, string | undefined>;

/** A built program running as a process of its own. */
export interface RunningApp {
  /** `http://localhost:<port>`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Changes with each restart. */
  readonly pid: number;
  /** Everything it has written so far (the last 200,000 characters). */
  log(): string;
  /** SIGTERM, and waits for its end; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** Stops it (unless it is down) and starts it on the same port; resolves when it is ready again. */
  restart(env?: ProgramEnv): Promise<void>;
}

/** Enough for an app to start; a test adds to it or overrides it. */
export const TEST_SECRET = 'test-only-secret-0123456789abcdef0123456789';

/**
 * Starts a built program on a free port and waits until it is ready.
 * @throws Error with its output when it doesn't become ready
 */
export async function startApp(name: ProgramName, env: ProgramEnv = {}): Promise<RunningApp> {
  await ensureBuiltApps();
  const app = new App(name, env, Number(env[PROGRAMS[name].port]) || (await freePort()));
  await app.start();
  return app;
}

let told = false;

/** Type errors don't stop a test: jest checks no types either, `npm run lint` does. */
async function ensureBuiltApps(): Promise<void> {
  const errors = await ensureBuilt(ROOT, { onBuild: () => process.stderr.write('Building …\n') });
  if (errors !== undefined && !told) process.stderr.write(`${errors}\n`);
  told = true;
}

class App implements RunningApp {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(
    private readonly name: ProgramName,
    private env: ProgramEnv,
    readonly port: number,
  ) {}

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  log(): string {
    return this.output;
  }

  async start(): Promise<void> {
    const program = PROGRAMS[this.name];
    const entry = join(ROOT, 'dist', program.entry, 'src', 'main.js');
    const follow = pathToFileURL(join(ROOT, 'dist', 'apps', 'launcher', 'src', 'follow-parent.js'));
    const child = spawn(process.execPath, ['--import', follow.href, '--enable-source-maps', entry], {
      env: {
        ...machineEnvironment(),
        GATEHOUSE_SECRET: TEST_SECRET,
        [program.host]: '127.0.0.1',
        [program.port]: String(this.port),
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const collect = (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-LOG_LIMIT));
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    this.child = child;
    await this.ready(program.health);
  }

  async stop(): Promise<number | null> {
    const { child } = this;
    if (child === undefined || ended(child)) return child?.exitCode ?? null;
    const end = once(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await end;
    clearTimeout(timer);
    return child.exitCode;
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || ended(child)) return;
    const end = once(child, 'close');
    child.kill('SIGKILL');
    await end;
  }

  async restart(env: ProgramEnv = {}): Promise<void> {
    await this.stop();
    this.env = { ...this.env, ...env };
    await this.start();
  }

  private async ready(path: string): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (!(await answers(`http://127.0.0.1:${this.port}${path}`))) {
      if (this.child !== undefined && ended(this.child)) {
        await sleep(POLL_MS);
        throw new Error(`${this.name} ended at its start:\n${this.output}`);
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(`${this.name} is not ready after ${READY_MS} ms:\n${this.output}`);
      }
      await sleep(POLL_MS);
    }
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Settings of the machine only: what is set for Gatehouse in this shell is none of the tests'. */
function machineEnvironment(): ProgramEnv {
  const own = /^(GATEHOUSE_|TEST_|DATABASE_URL$|REDIS_URL$|NODE_ENV$|JEST_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !own.test(key)));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

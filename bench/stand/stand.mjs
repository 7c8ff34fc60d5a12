/** The test stand: every process a bench starts, each on its core, all of them stopped at the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';
import { onBothCores, onCore } from './cores.mjs';

const STOP_MS = 15_000;
const READY_MS = 60_000;
const POLL_MS = 10;
/** Linux gives processor times in hundredths of a second on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** What the operator has to mend; shown without a stack. */
export class StandError extends Error {}

export class Stand {
  /** Data directories, logs, sockets: gone after `stop`. */
  directory = makeDirectory();
  #running = [];
  #closers = [];

  /**
   * Starts a program. Its output goes to a file, as it does in production.
   * @param {string} name for messages and the log
   * @param {string[]} command
   * @param {{ core: number | 'both', env?: Record<string, string>, stdio?: 'log' | 'pipe' }} options
   */
  start(name, command, { core, env = {}, stdio = 'log' }) {
    const logFile = join(this.directory, `${name.replace(/\W+/g, '-')}.log`);
    const log = openSync(logFile, 'a', 0o600);
    const [file, ...args] = core === 'both' ? onBothCores(command) : onCore(core, command);
    const child = spawn(file, args, {
      env: { ...ownEnvironment(), ...env },
      // A session of its own: Ctrl-C reaches the bench alone, which stops the rest in order.
      detached: true,
      stdio: ['ignore', stdio === 'pipe' ? 'pipe' : log, log],
    });
    closeSync(log);
    const program = { name, child, logFile, startedAt: performance.now(), ended: once(child, 'close') };
    program.ended.catch(() => undefined);
    this.#running.push(program);
    return program;
  }

  /** Called by `stop`, after the programs have ended. */
  atStop(close) {
    this.#closers.push(close);
  }

  /**
   * Waits until an address answers 200.
   * @returns {Promise<number>} milliseconds since the program was started
   */
  async ready(program, url) {
    for (;;) {
      if (await answers(url)) return performance.now() - program.startedAt;
      if (hasEnded(program)) throw new StandError(`${program.name} ended: ${lastLines(program)}`);
      if (performance.now() - program.startedAt > READY_MS) {
        throw new StandError(`${program.name} is not ready at ${url}: ${lastLines(program)}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Ends one program and waits for it. */
  async end(program, signal = 'SIGTERM') {
    this.#running = this.#running.filter((one) => one !== program);
    if (hasEnded(program)) return;
    process.kill(program.child.pid, signal);
    const late = await Promise.race([program.ended, sleep(STOP_MS, 'late', { ref: false })]);
    if (late !== 'late') return;
    process.kill(-program.child.pid, 'SIGKILL');
    await program.ended;
  }

  async stop() {
    for (const program of [...this.#running].reverse()) await this.end(program);
    for (const close of this.#closers.splice(0).reverse()) await close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A free TCP port of the loopback address. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether an address answers 200 just now. */
async function answers(url) {
  try {
    const response = await fetch(url, { redirect: 'manual' });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Resident set of a program in bytes, and the most it ever had. */
export function memoryOf({ child }) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
  return { rss: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
}

/** Processor time in seconds that a program and its children have used. */
export function processorTimeOf({ child }) {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => statOf(pid))
    .filter((stat) => stat !== undefined && stat.group === child.pid)
    .reduce((sum, stat) => sum + stat.ticks, 0);
  return ticks / TICKS_PER_SECOND;
}

/** proc(5): after the program's name in parentheses the process group is field 3, user and system time 12 and 13. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { group: Number(fields[2]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // It ended meanwhile.
  }
}

export function lastLines({ logFile }) {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return lines.slice(-12).join('\n') || `see ${logFile}`;
}

function hasEnded({ child }) {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** What is set for another Gatehouse on this machine is not for this one. */
function ownEnvironment() {
  const foreign = /^(?:GATEHOUSE_|TEST_|DATABASE_URL$|REDIS_URL$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  // PostgreSQL runs as another user when this is root.
  chmodSync(directory, 0o711);
  return directory;
}

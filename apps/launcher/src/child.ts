import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog, ProgramOutput } from './output.js';
import { StartProblem } from './problem.js';
import { identify, signal, type ProcessIdentity } from './processes.js';
import type { Program } from './programs.js';

/** How a program is run. */
export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  /** File that gets its whole output. */
  logFile: string;
  /** Shows all lines on the terminal, not only warnings and errors. */
  showAll: boolean;
  /** Module that ends the program with its parent. */
  followParent: URL;
  /** Called when it ends although nobody stopped it. */
  onDeath: (child: Child) => void;
}

const POLL_MS = 40;
const READY_SECONDS = 60;
const PROBE_MS = 2000;
/** Beyond GATEHOUSE_SHUTDOWN_TIMEOUT, after which a program ends itself. */
const GRACE_SECONDS = 2;

/** A running program in a process group of its own, so that the terminal's Ctrl-C doesn't reach it. */
export class Child {
  private process: ChildProcess | undefined;
  private output: ProgramOutput | undefined;
  private stopping = false;
  /** Resolves when its output has been read to the end. */
  closed: Promise<unknown> = Promise.resolve();

  constructor(
    readonly program: Program,
    private readonly options: ChildOptions,
  ) {}

  get identity(): ProcessIdentity | undefined {
    return this.process?.pid === undefined ? undefined : identify(this.process.pid);
  }

  private get running(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  /** The last problem it spoke of, or how it ended. */
  get lastWords(): string {
    const { exitCode, signalCode } = this.process ?? {};
    return (
      this.output?.lastWords ||
      `it ended with ${signalCode ?? `exit code ${exitCode}`} (see ${this.options.logFile})`
    );
  }

  start(): void {
    const { entry, name } = this.program;
    if (!existsSync(entry)) throw new StartProblem(`${entry} is missing: run \`npm run build\`.`);
    this.stopping = false;
    const log = openLog(this.options.logFile);
    const child = spawn(
      process.execPath,
      ['--import', this.options.followParent.href, '--enable-source-maps', entry],
      {
        env: this.options.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const output = new ProgramOutput(name, log, this.options.showAll);
    output.follow(child.stdout!);
    output.follow(child.stderr!);
    // 'close', not 'exit': its last words have been read by then.
    this.closed = once(child, 'close').catch(() => undefined);
    child.once('close', () => {
      log.end();
      // One that was stopped may close only after its successor has started.
      if (this.process === child && !this.stopping) this.options.onDeath(this);
    });
    child.once('error', (error) => (output.lastProblem = error.message));
    this.process = child;
    this.output = output;
  }

  /**
   * Waits until it answers its health address.
   * @returns false when it ended instead
   */
  async ready(): Promise<boolean> {
    const deadline = Date.now() + READY_SECONDS * 1000;
    while (this.running) {
      if (await answers(this.program.health)) return true;
      if (Date.now() > deadline) {
        const { name } = this.program;
        throw new StartProblem(`${name} isn't ready after ${READY_SECONDS} s (see ${this.options.logFile}).`);
      }
      await sleep(POLL_MS);
    }
    return false;
  }

  /** From now on its problems are shown. */
  speak(): void {
    if (this.output !== undefined) this.output.quiet = false;
  }

  /** Asks it to stop, and ends it when it takes longer than `timeout` seconds and a little. */
  async stop(timeout: number): Promise<void> {
    const child = this.process;
    this.stopping = true;
    // Programs that stop together miss each other, too.
    if (this.output !== undefined) this.output.quiet = true;
    if (child?.pid === undefined || !this.running) return;
    const ended = once(child, 'exit');
    signal(child.pid, 'SIGTERM');
    const patience = sleep((timeout + GRACE_SECONDS) * 1000, 'late', { ref: false });
    if ((await Promise.race([ended, patience])) !== 'late') return;
    process.stderr.write(`${this.program.name} doesn't stop: ending it.\n`);
    signal(child.pid, 'SIGKILL');
    await ended;
  }

  kill(): void {
    this.stopping = true;
    if (this.process?.pid !== undefined && this.running) signal(this.process.pid, 'SIGKILL');
  }
}

/** Whether an HTTP address answers with success within two seconds. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS), redirect: 'manual' });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

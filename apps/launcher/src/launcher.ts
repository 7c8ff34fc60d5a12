import { join } from 'node:path';
import { Child, answers } from './child.js';
import { keptSecret, openDataDir } from './data-dir.js';
import { openDatabase, type Database } from './database.js';
import { restartProgram, runFollowUp } from './follow-up.js';
import { tryLock, type HeldLock } from './lock.js';
import { StartProblem } from './problem.js';
import { childEnvironment, programs } from './programs.js';
import { checkPorts, clearLeftovers } from './recovery.js';
import type { LauncherSettings } from './settings.js';
import { readDemo, summaryLines } from './summary.js';

/** Where and how the launcher was started. */
export interface LaunchContext {
  /** The repository. */
  root: string;
  /** `performance.now()` when the command began. */
  began: number;
  settings: LauncherSettings;
  /** Preloaded into each program. */
  followParent: URL;
}

/** A start that takes longer says why. */
const QUIET_MS = 6000;

/** Starts and stops everything; knows nothing of what the programs do. */
export class Launcher {
  private readonly dataDir: string;
  private lock: HeldLock | undefined;
  private opening: Promise<Database> | undefined;
  private children: Child[] = [];
  private env: NodeJS.ProcessEnv = {};
  private stopped: Promise<void> | undefined;
  private starting = true;
  /** Called with a line when a program dies while all should run. */
  onDeath: (line: string) => void = () => undefined;

  constructor(private readonly context: LaunchContext) {
    this.dataDir = openDataDir(context.settings.dataDir);
  }

  get demoFile(): string {
    return process.env.GATEHOUSE_DEMO_FILE || join(this.dataDir, 'demo.json');
  }

  /** Whether a demo started before answers already. */
  async runsAlready(): Promise<boolean> {
    const demo = readDemo(this.demoFile);
    if (demo === undefined) return false;
    const health = [demo.issuer, demo.gateway].map((origin) => answers(`${origin}/health/ready`));
    return (await Promise.all(health)).every(Boolean);
  }

  /**
   * Starts PostgreSQL and the programs, and prints the summary when all are ready.
   * @param options.quiet keeps the programs' warnings to their logs
   * @throws StartProblem one line that names cause and setting; call `stop` then as well
   */
  async start(options: { quiet: boolean }): Promise<void> {
    const { settings, root, began } = this.context;
    const firstStart = readDemo(this.demoFile) === undefined;
    this.lock = this.takeLock();
    await clearLeftovers(this.lock.leftover);
    const all = programs(root, settings);
    await checkPorts(all);
    const secret = settings.secret ?? keptSecret(join(this.dataDir, 'secret'));
    this.opening = openDatabase(settings.databaseUrl, this.dataDir, root);
    const database = await this.opening;
    if (this.stopped !== undefined) return;
    this.env = childEnvironment(settings, this.dataDir, { databaseUrl: database.url, secret });
    this.children = all.map((program) => new Child(program, this.childOptions(program.name)));
    for (const child of this.children) child.start();
    this.noteChildren();
    const speak = setTimeout(() => this.speak(), QUIET_MS);
    await Promise.all(this.children.map((child) => this.waitFor(child)));
    clearTimeout(speak);
    if (this.stopped !== undefined) return;
    this.starting = false;
    if (!options.quiet) this.speak();
    const seconds = (performance.now() - began) / 1000;
    for (const line of summaryLines({
      settings,
      demoFile: this.demoFile,
      firstStart,
      database: database.label,
      seconds,
    }))
      console.log(line);
  }

  /** Runs an example against what was started; answers its exit code. */
  async runFollowUp(entry: string): Promise<number> {
    const { settings } = this.context;
    return runFollowUp(entry, this.followUpEnv, async (name) => {
      await restartProgram(this.children, name, settings.shutdownTimeout);
      this.noteChildren();
    });
  }

  /** What an example gets: the demo's file, beside the environment. */
  get followUpEnv(): NodeJS.ProcessEnv {
    return { ...process.env, GATEHOUSE_DEMO_FILE: this.demoFile };
  }

  /** Stops the programs, then PostgreSQL. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  /** Ends the programs at once; PostgreSQL is still stopped in order, by `stop`. */
  kill(): void {
    for (const child of this.children) child.kill();
  }

  private async stopAll(): Promise<void> {
    const { shutdownTimeout } = this.context.settings;
    await Promise.all(this.children.map((child) => child.stop(shutdownTimeout)));
    // Interrupted while PostgreSQL starts: it has to be up before it can be stopped.
    const database = await this.opening?.catch(() => undefined);
    await database?.stop();
    this.lock?.release();
  }

  private speak(): void {
    for (const child of this.children) child.speak();
  }

  private async waitFor(child: Child): Promise<void> {
    if ((await child.ready()) || this.stopped !== undefined) return;
    await child.closed;
    throw new StartProblem(`${child.program.name} doesn't start: ${child.lastWords}`);
  }

  private takeLock(): HeldLock {
    const lock = tryLock(join(this.dataDir, 'launcher.lock'));
    if (typeof lock !== 'number') return lock;
    throw new StartProblem(
      `${this.dataDir} is in use by another \`npm start\` (process ${lock}): stop it, or set GATEHOUSE_DATA_DIR to another folder.`,
    );
  }

  private noteChildren(): void {
    this.lock?.note(this.children.flatMap(({ identity }) => identity ?? []));
  }

  private childOptions(name: string) {
    return {
      env: this.env,
      logFile: join(this.dataDir, 'logs', `${name}.log`),
      showAll: this.context.settings.logLevel !== undefined,
      followParent: this.context.followParent,
      onDeath: (child: Child) => {
        // At a start, `start` itself tells.
        if (!this.starting) this.onDeath(`${child.program.name} ended unexpectedly: ${child.lastWords}`);
      },
    };
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { JsonObject } from '../../wire/json.js';
import { messageOf } from '../client/answer-messages.js';
import { readLines } from './read-lines.js';
import type { ProgramDefinition } from './program-file.js';

/** Of one message. */
const MAX_MESSAGE = 16 * 1_024 * 1_024;
/** Of what waits for the program to read it. */
const MAX_UNREAD = 4 * 1_024 * 1_024;
/** What a program says of itself, from each start on. */
const MAX_LOGGED_LINES = 100;
const MAX_LOGGED = 500;
/** MCP, stdio, Shutdown: its input ends, then it is asked to, then it is made to. */
const PATIENCE_MS = 1_500;

/** A program that runs: one message of JSON-RPC to a line, both ways. */
export class RunningProgram {
  private readonly logger: Logger;
  private readonly child: ChildProcess;
  /** Resolves when it has ended, with why. */
  readonly ended: Promise<Error>;

  /** @param onMessage called with each message that it says */
  constructor(
    name: string,
    { command, args, env, cwd }: ProgramDefinition,
    onMessage: (message: JsonObject) => void,
  ) {
    this.logger = new Logger(`Program ${name}`);
    // Of its own group, so that what it starts ends with it; nothing of the gateway's environment, which has its secrets.
    this.child = spawn(command, args, { env, cwd, shell: false, detached: true, stdio: 'pipe' });
    this.ended = new Promise((resolve) => {
      this.child.once('error', resolve);
      this.child.once('exit', (code, signal) =>
        resolve(new Error(`it ended with ${signal ?? `status ${code}`}`)),
      );
    });
    this.child.stdin!.on('error', () => undefined);
    this.child.stdin!.on('close', () => void this.demandEnd('it reads no more'));
    this.listen(onMessage).then(
      () => this.demandEnd('it says no more'),
      ({ message }: Error) => this.end(message),
    );
    void this.log(this.child.stderr!).catch(() => undefined);
  }

  /** @returns whether the program takes more: what it does not read is bounded */
  send(message: JsonObject): boolean {
    const { stdin } = this.child;
    if (!stdin!.writable || stdin!.writableLength > MAX_UNREAD) return false;
    stdin!.write(`${JSON.stringify(message)}\n`);
    return true;
  }

  async stop(): Promise<void> {
    this.child.stdin!.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.endsSoon()) return;
      this.kill(signal);
    }
    await this.ended;
  }

  /** Who cannot be asked, or does not answer, is of no use: only once it has ended, it is started again. */
  private async demandEnd(why: string): Promise<void> {
    // As long as it would have if it were stopped.
    if (!(await this.endsSoon(2 * PATIENCE_MS))) this.end(why);
  }

  private end(why: string): void {
    this.logger.warn(`It is ended: ${why}`);
    this.kill('SIGKILL');
  }

  private async endsSoon(patienceMs = PATIENCE_MS): Promise<boolean> {
    const patience = new AbortController();
    const late = sleep(patienceMs, false, { signal: patience.signal }).catch(() => false);
    const isOver = await Promise.race([this.ended.then(() => true), late]);
    patience.abort();
    return isOver;
  }

  private kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It ended meanwhile.
    }
  }

  private async listen(onMessage: (message: JsonObject) => void): Promise<void> {
    for await (const line of readLines(this.child.stdout!, MAX_MESSAGE)) {
      if (line === '') continue;
      onMessage(messageOf(line));
    }
  }

  /** For who runs it, as the specification has it; bounded, as nobody knows what it says. */
  private async log(stderr: Readable): Promise<void> {
    let lines = 0;
    for await (const line of readLines(stderr, Infinity)) {
      if (lines++ < MAX_LOGGED_LINES) this.logger.log(line.slice(0, MAX_LOGGED));
    }
  }
}

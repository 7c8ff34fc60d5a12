import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const LINE_LIMIT = 2000;
const MAX_REASONS = 20;
const STACK_LINE = /^\S+: {2,}at /;
const SHOWN_LEVELS = new Set(['warn', 'error', 'fatal']);

/** Opens `<file>` to append to; a large one first becomes `<file>.1`. */
export function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A full disk must not end the programs whose words are lost.
  stream.on('error', () => undefined);
  return stream;
}

/** Reads a program's output line by line: all of it goes to the log, what matters to the terminal. */
export class ProgramOutput {
  /** While true, problems go to the log only: programs that start together miss each other for a moment. */
  quiet = true;
  /** The last line that tells of a problem; empty when there was none. */
  lastProblem = '';
  /** What it said by its own name: that is why it doesn't start, a line for each setting to mend. */
  private readonly reasons: string[] = [];

  constructor(
    private readonly name: string,
    private readonly log: WriteStream,
    private readonly showAll: boolean,
  ) {}

  /** Why it ended, as far as it said so. */
  get lastWords(): string {
    return this.reasons.join('\n') || this.lastProblem;
  }

  follow(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => this.take(line));
  }

  private take(line: string): void {
    if (line.trim() === '') return;
    this.log.write(`${line}\n`);
    const { level, text } = parse(line);
    const problem = level === undefined || SHOWN_LEVELS.has(level);
    if (problem && level !== 'warn') this.lastProblem = text;
    if (text.startsWith(`${this.name}: `) && !STACK_LINE.test(text) && this.reasons.length < MAX_REASONS)
      this.reasons.push(text.slice(0, LINE_LIMIT));
    if (this.showAll || (problem && !this.quiet))
      process.stderr.write(`[${this.name}] ${level ?? ''}${level ? ': ' : ''}${text.slice(0, LINE_LIMIT)}\n`);
  }
}

/** A pino line's level and message; any other line as it is. */
function parse(line: string): { level?: string; text: string } {
  if (!line.startsWith('{')) return { text: line };
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: unknown;
      msg?: unknown;
      err?: { message?: unknown };
    };
    const text = [msg, err?.message === msg ? undefined : err?.message].filter(Boolean).join(': ');
    return typeof level === 'string' ? { level, text: text || line } : { text: line };
  } catch {
    return { text: line };
  }
}

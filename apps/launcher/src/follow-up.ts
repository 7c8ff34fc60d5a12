import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Child } from './child.js';
import { StartProblem } from './problem.js';

/** What `--then <name>` names: an example that is run when everything is ready. */
export function followUpEntry(root: string, args: string[]): string | undefined {
  const at = args.indexOf('--then');
  if (at === -1) return undefined;
  const name = args[at + 1] ?? '';
  const entry = join(root, 'dist', 'examples', name, 'src', 'main.js');
  if (/^[a-z0-9-]+$/.test(name) && existsSync(entry)) return entry;
  throw new StartProblem(`--then needs the name of an example that has a src/main.ts: "${name}" is none.`);
}

/**
 * Runs it in the foreground. It may ask `{ restart: <program> }` over its IPC channel, and is told
 * `{ restarted: <program> }` when that program is ready again.
 * @returns its exit code
 */
export function runFollowUp(
  entry: string,
  env: NodeJS.ProcessEnv,
  restart?: (name: string) => Promise<void>,
): Promise<number> {
  const channel = restart === undefined ? [] : (['ipc'] as const);
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', ...channel],
  });
  child.on('message', (message: { restart?: unknown }) => {
    if (typeof message?.restart !== 'string' || restart === undefined) return;
    const name = message.restart;
    restart(name).then(
      () => child.connected && child.send({ restarted: name }),
      (error: unknown) => console.error(`${name} doesn't restart:`, error),
    );
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Stops one of the running programs and starts it again. */
export async function restartProgram(children: Child[], name: string, timeout: number): Promise<void> {
  const child = children.find(({ program }) => program.name === name);
  if (child === undefined) throw new StartProblem(`There is no program called ${name}.`);
  await child.stop(timeout);
  child.start();
  if (!(await child.ready())) throw new StartProblem(`${name}: ${child.lastWords}`);
}

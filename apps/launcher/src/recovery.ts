import { setTimeout as sleep } from 'node:timers/promises';
import { StartProblem } from './problem.js';
import { portProblem } from './ports.js';
import { isRunning, signal } from './processes.js';
import type { LockRecord } from './lock.js';
import type { Program } from './programs.js';

const PATIENCE_MS = 3000;
const POLL_MS = 50;

/** Ends the programs of a launcher that was killed; most of them are on their way out already. */
export async function clearLeftovers(leftover: LockRecord | undefined): Promise<void> {
  const children = leftover?.children ?? [];
  const deadline = Date.now() + PATIENCE_MS;
  for (const child of children) if (isRunning(child)) signal(child.pid, 'SIGTERM');
  while (children.some(isRunning) && Date.now() < deadline) await sleep(POLL_MS);
  for (const child of children) if (isRunning(child)) signal(child.pid, 'SIGKILL');
  while (children.some(isRunning)) await sleep(POLL_MS);
}

/** @throws StartProblem naming the port that can't be had, and the setting that moves it */
export async function checkPorts(programs: Program[]): Promise<void> {
  for (const [index, { name, host, port, hostSetting, portSetting }] of programs.entries()) {
    const other = programs.slice(0, index).find((one) => port !== 0 && one.port === port);
    if (other)
      throw new StartProblem(
        `${other.name} and ${name} can't both have port ${port}: set ${portSetting} to another one.`,
      );
    const code = await portProblem(host, port);
    if (code === undefined) continue;
    throw new StartProblem(
      `${name} can't listen on ${host}:${port}: ${explain(code, hostSetting, portSetting)}`,
    );
  }
}

function explain(code: string, hostSetting: string, portSetting: string): string {
  if (code === 'EADDRINUSE')
    return `the port is in use. Stop what uses it, or set ${portSetting} to another one.`;
  if (code === 'EACCES') return `this user may not. Set ${portSetting} to a port above 1023.`;
  if (code === 'EADDRNOTAVAIL')
    return `this machine has no such address. Set ${hostSetting} to one that it has.`;
  return `${code}. See ${hostSetting} and ${portSetting}.`;
}

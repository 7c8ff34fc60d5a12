import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { LauncherSettings } from './settings.js';
import { addresses } from './programs.js';

/** The part of demo.json that is shown. */
export interface DemoFile {
  issuer: string;
  gateway: string;
  admin: { username: string; password: string };
  user: { username: string; password: string };
}

/** Reads demo.json; undefined when there is none (yet). */
export function readDemo(file: string): DemoFile | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DemoFile;
  } catch {
    return undefined;
  }
}

/** What the summary tells. */
export interface Summary {
  settings: LauncherSettings;
  demoFile: string;
  /** Passwords are shown once, at the first start. */
  firstStart: boolean;
  database: string;
  seconds: number;
}

/** The lines printed when everything is ready. */
export function summaryLines(summary: Summary): string[] {
  const { issuer, gateway, demoApp } = addresses(summary.settings);
  const redis = process.env.REDIS_URL ? 'Redis' : 'in-process store';
  const head = `Gatehouse is ready in ${summary.seconds.toFixed(1)} s (PostgreSQL: ${summary.database}; ${redis})`;
  const apps = [row('auth-server', issuer), row('gateway', gateway)];
  const demo = readDemo(summary.demoFile);
  if (!summary.settings.demo || demo === undefined)
    return ['', head, '', ...apps, '', 'Ctrl-C stops everything.', ''];
  const credentials = relative(process.cwd(), summary.demoFile);
  return [
    '',
    head,
    '',
    row('demo app', `${demoApp}   ← open this and sign in`),
    row('behind login', `${gateway}/site`),
    row('demo API', `${gateway}/demo`),
    ...apps,
    '',
    row('user', account(demo.user, summary.firstStart)),
    row('administrator', account(demo.admin, summary.firstStart)),
    row('credentials', credentials.startsWith('..') ? summary.demoFile : credentials),
    '',
    'Ctrl-C stops everything.',
    '',
  ];
}

function account(
  { username, password }: { username: string; password: string },
  withPassword: boolean,
): string {
  return withPassword ? `${username}   password ${password}` : username;
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(14)} ${value}`;
}

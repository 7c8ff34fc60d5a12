import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface Kept {
  readonly access_token: string;
  /** Epoch milliseconds. */
  readonly expires_at: number;
}

/** The tokens of logins, by gateway, in a file of the user's own (mode 0600). */
function file(): string {
  const base =
    process.platform === 'win32'
      ? (process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'))
      : process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(base, 'gatehouse', 'credentials.json');
}

function readAll(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(file(), 'utf8')) as Record<string, Kept>;
  } catch {
    return {};
  }
}

/** A token that is good for a while yet. */
export function keptToken(gateway: string): string | undefined {
  const kept = readAll()[gateway];
  return kept && kept.expires_at > Date.now() ? kept.access_token : undefined;
}

/** @returns where it is kept */
export function keepToken(gateway: string, token: string, seconds: number): string {
  const kept: Kept = { access_token: token, expires_at: Date.now() + seconds * 1_000 };
  write({ ...readAll(), [gateway]: kept });
  return file();
}

/** @returns whether there was one */
export function forgetToken(gateway: string): boolean {
  const { [gateway]: kept, ...others } = readAll();
  if (kept) write(others);
  return kept !== undefined;
}

function write(all: Record<string, Kept>): void {
  const path = file();
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  // A file that is left over may have other permissions.
  rmSync(next, { force: true });
  writeFileSync(next, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
}

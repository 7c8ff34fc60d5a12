import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * A secret, which no argument may hold: other users see those. From the environment; else asked for, unseen; else all that
 * comes by standard input. Undefined: there is none.
 */
export async function readSecret(
  variable: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const given =
    environment[variable] || (process.stdin.isTTY ? await ask(variable) : await text(process.stdin));
  return given.trim() || undefined;
}

async function ask(variable: string): Promise<string> {
  process.stderr.write(`${variable} (not shown; empty: none): `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

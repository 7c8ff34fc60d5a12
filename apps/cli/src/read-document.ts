import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CommandError, EXIT } from './command-error.js';

/**
 * A configuration as JSON, of which the gateway takes more than of YAML; `-` is standard input. JSON is YAML, too.
 * @throws CommandError
 */
export function readDocument(path: string): string {
  try {
    return JSON.stringify(parse(readFileSync(path === '-' ? 0 : path, 'utf8')));
  } catch (error) {
    throw new CommandError(EXIT.usage, [`${path} cannot be read: ${(error as Error).message.trimEnd()}`]);
  }
}

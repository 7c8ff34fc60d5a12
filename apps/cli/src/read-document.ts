import { readFileSync } from 'node:fs';
import { CommandError, EXIT } from './command-error.js';

/** The text of a configuration; `-` is standard input. JSON is YAML, too. @throws CommandError */
export function readDocument(path: string): { body: string; type: string } {
  try {
    return { body: readFileSync(path === '-' ? 0 : path, 'utf8'), type: 'application/yaml' };
  } catch (error) {
    throw new CommandError(EXIT.usage, [`${path} cannot be read: ${(error as Error).message}`]);
  }
}

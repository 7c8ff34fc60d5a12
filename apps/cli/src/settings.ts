import { CommandError, EXIT } from './command-error.js';

/** What else than text: as JSON has it. */
const JSON_VALUE = /^(?:true|false|[{["])/;

/** `NAME=VALUE`, each. @throws CommandError */
export function readSettings(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(given.map(readSetting));
}

function readSetting(text: string): [string, unknown] {
  const equals = text.indexOf('=');
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals < 1) throw new CommandError(EXIT.usage, [`--setting ${text}: must be NAME=VALUE`]);
  if (!JSON_VALUE.test(value)) return [name, value];
  try {
    return [name, JSON.parse(value)];
  } catch {
    throw new CommandError(EXIT.usage, [`--setting ${name}: is no JSON`]);
  }
}

import type { StopReason } from './chat.js';
import { DialectError, UnreadableAnswer } from './dialect.js';
import { isObject, parseObject, type JsonObject } from '../../wire/json.js';

/**
 * The arguments of a tool call that a provider answered: a text, or an object already (Mistral, Ollama); nothing is no
 * arguments.
 * @returns undefined where the answer was cut within them: there is no such call
 * @throws UnreadableAnswer where they are no object
 */
export function parseArguments(args: unknown, stop: StopReason): JsonObject | undefined {
  if (args === undefined || args === null || args === '') return {};
  const object = typeof args === 'string' ? parseObject(args) : isObject(args) ? args : undefined;
  if (object) return object;
  if (stop === 'length' || stop === 'context_window') return undefined;
  throw new UnreadableAnswer('The arguments of a tool call are no JSON object', 'upstream_tool_arguments');
}

/** The same as JSON text, for a stream. */
export function argumentsText(args: unknown): string {
  if (typeof args === 'string') return args;
  return isObject(args) ? JSON.stringify(args) : '';
}

/**
 * The arguments of a call that a caller says was made.
 * @throws DialectError
 */
export function parseArgumentsOf(text: string, at: string): JsonObject {
  const args = text === '' ? {} : parseObject(text);
  if (!args) throw DialectError.at(at, 'must be the text of a JSON object');
  return args;
}

import { isObject, type JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { unreadable } from '../client/failures.js';
import { isAnswer } from '../client/mcp-client.js';
import type { CallerAnswer } from '../protocol/caller-answer.js';
import type { RpcError } from '../protocol/json-rpc.js';
import { STATELESS } from '../protocol/versions.js';
import { known } from './known-tools.js';
import { resultFor } from './tool-for.js';
import type { NamedTool } from './tool-names.js';

/** What goes on to the server; tasks are not offered here. */
const PASSED = ['arguments', '_meta', 'inputResponses', 'requestState'] as const;
/** What a server may say on the way. */
const NOTIFIED = new Set(['notifications/progress', 'notifications/message']);

/**
 * Has a tool called, and tells what comes of it.
 * @returns how it ended, in a word
 * @throws Problem
 */
export async function callTool(
  { server, tool }: NamedTool,
  params: JsonObject,
  asker: Asker,
  answer: CallerAnswer,
): Promise<'answered' | 'tool_error' | 'error'> {
  const passed = PASSED.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]]));
  const sent: JsonObject = { name: tool, ...(Object.fromEntries(passed) as JsonObject) };
  for await (const message of server.client.ask('tools/call', sent, asker)) {
    if (!isAnswer(message)) {
      const { method, params: said } = message;
      if (typeof method !== 'string' || !NOTIFIED.has(method) || message.id !== undefined) continue;
      await answer.notify(method, isObject(said) ? said : {});
      continue;
    }
    const { result, error } = message;
    if (error !== undefined) {
      answer.error(errorOf(error));
      return 'error';
    }
    if (!isObject(result)) throw unreadable();
    // A caller of before 2026-07-28 could not give what the server asks for.
    if (result.resultType === 'input_required' && asker.version !== STATELESS) throw unreadable();
    answer.result(resultFor(asker.version, result));
    if (result.isError === true) return 'tool_error';
    known(server, tool);
    return 'answered';
  }
  throw unreadable();
}

function errorOf(error: unknown): RpcError {
  if (!isObject(error) || typeof error.code !== 'number' || typeof error.message !== 'string')
    throw unreadable();
  return { code: error.code, message: error.message, data: error.data };
}

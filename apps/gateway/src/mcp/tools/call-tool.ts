import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { unreadable } from '../client/failures.js';
import type { CallerAnswer } from '../protocol/caller-answer.js';
import { STATELESS } from '../protocol/versions.js';
import type { ToolCall } from '../servers/backend.js';
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
  const sent: ToolCall = { name: tool, ...(Object.fromEntries(passed) as JsonObject) };
  for await (const said of server.backend.callTool(sent, asker)) {
    if (said.is === 'notification') {
      if (NOTIFIED.has(said.method)) await answer.notify(said.method, said.params);
      continue;
    }
    if (said.is === 'error') {
      answer.error(said.error);
      return 'error';
    }
    const { result } = said;
    // A caller of before 2026-07-28 could not give what the server asks for.
    if (result.resultType === 'input_required' && asker.version !== STATELESS) throw unreadable();
    answer.result(resultFor(asker.version, result));
    if (result.isError === true) return 'tool_error';
    known(server, tool);
    return 'answered';
  }
  throw unreadable();
}

import type { AssistantPart, StopReason } from '../chat.js';
import { objectOf, textOf, type JsonObject } from '../../../wire/json.js';

export function readStop(response: JsonObject): StopReason {
  if (response.status !== 'incomplete') return 'stop';
  return textOf(objectOf(response.incomplete_details)?.reason) === 'content_filter'
    ? 'content_filter'
    : 'length';
}

/** That tools are called or an answer is refused is no status of its own. */
export function stopOf(stop: StopReason, types: Iterable<AssistantPart['type']>): StopReason {
  if (stop !== 'stop') return stop;
  const said = new Set(types);
  if (said.has('tool_call')) return 'tool_calls';
  return said.has('refusal') ? 'refusal' : 'stop';
}

const INCOMPLETE: Partial<Record<StopReason, string>> = {
  length: 'max_output_tokens',
  context_window: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** @param refused whether the answer says so itself */
export function writeStatus(stop: StopReason, refused: boolean): JsonObject {
  const reason = stop === 'refusal' && !refused ? 'content_filter' : INCOMPLETE[stop];
  if (reason === undefined) return { status: 'completed', incomplete_details: null };
  return { status: 'incomplete', incomplete_details: { reason } };
}

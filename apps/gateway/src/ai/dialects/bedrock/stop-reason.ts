import type { StopReason } from '../chat.js';

const READ: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context_window'],
  ['tool_use', 'tool_calls'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
]);

/** @returns undefined where the model said what is no answer: `malformed_model_output`, `malformed_tool_use` */
export function readStop(reason: string): StopReason | undefined {
  return reason.startsWith('malformed_') ? undefined : (READ.get(reason) ?? 'stop');
}

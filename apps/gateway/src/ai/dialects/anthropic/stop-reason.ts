import type { Candidate, StopReason } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';

const READ: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context_window'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'refusal'],
  ['pause_turn', 'pause'],
]);

export function readStop(reason: string): StopReason {
  return READ.get(reason) ?? 'stop';
}

const WRITTEN: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  context_window: 'model_context_window_exceeded',
  tool_calls: 'tool_use',
  refusal: 'refusal',
  content_filter: 'refusal',
  pause: 'pause_turn',
};

export function writeStop({ stop, stopSequence }: Pick<Candidate, 'stop' | 'stopSequence'>): JsonObject {
  const reason = WRITTEN[stop];
  return {
    stop_reason: reason,
    stop_sequence: stopSequence ?? null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
  };
}

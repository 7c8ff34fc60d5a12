import type { StopReason } from '../chat.js';

/** Ollama itself says `stop` or `length`; of a filter it knows nothing. */
const WRITTEN: Readonly<Record<StopReason, string>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  pause: 'stop',
  tool_calls: 'stop',
  length: 'length',
  context_window: 'length',
  refusal: 'content_filter',
  content_filter: 'content_filter',
};

export function writeStop(stop: StopReason): string {
  return WRITTEN[stop];
}

export function readStop(reason: string, hasCalls: boolean): StopReason {
  if (reason === 'length' || reason === 'content_filter') return reason;
  return hasCalls ? 'tool_calls' : 'stop';
}

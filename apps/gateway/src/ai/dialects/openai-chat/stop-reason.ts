import type { StopReason } from '../chat.js';

const READ: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
]);

export function readStop(reason: string): StopReason {
  return READ.get(reason) ?? 'stop';
}

/** @param refused whether the message says so itself */
export function writeStop(stop: StopReason, refused: boolean): string {
  switch (stop) {
    case 'length':
    case 'context_window':
      return 'length';
    case 'tool_calls':
      return 'tool_calls';
    case 'refusal':
      return refused ? 'stop' : 'content_filter';
    case 'content_filter':
      return 'content_filter';
    default:
      return 'stop';
  }
}

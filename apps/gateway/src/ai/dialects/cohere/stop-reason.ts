import type { StopReason } from '../chat.js';

const READ: ReadonlyMap<string, StopReason> = new Map([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop_sequence'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
]);

/** @returns undefined where it is no answer: `ERROR`, `TIMEOUT` */
export function readStop(reason: string): StopReason | undefined {
  return reason === 'ERROR' || reason === 'TIMEOUT' ? undefined : (READ.get(reason) ?? 'stop');
}

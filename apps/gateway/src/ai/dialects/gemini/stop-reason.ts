import type { StopReason } from '../chat.js';

const READ: ReadonlyMap<string, StopReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'pause'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
]);

/** Reasons with which there is no answer: the model made something that Gemini itself could not read. */
const FAILED = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
]);

export function isFailure(reason: string): boolean {
  return FAILED.has(reason);
}

export function readStop(reason: string): StopReason {
  return READ.get(reason) ?? 'stop';
}

const WRITTEN: Readonly<Record<StopReason, string>> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  context_window: 'MAX_TOKENS',
  refusal: 'SAFETY',
  content_filter: 'SAFETY',
};

export function writeStop(stop: StopReason): string {
  return WRITTEN[stop];
}

import type { AiCallRecord } from './ai-call-record.js';

/** Upper bounds in seconds: the first token of a reasoning model takes its time. */
export const SECONDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Upper bounds in tokens a second. */
export const SPEEDS = [5, 10, 20, 40, 60, 80, 100, 150, 200, 400, 1_000];

/**
 * Tokens of output in a second, of streams from the first token on.
 * @returns undefined where nobody was asked, or nobody told how many there were
 */
export function speedOf({ usage, estimated, tries, ms, firstTokenMs = 0 }: AiCallRecord): number | undefined {
  const { output = 0 } = usage;
  const seconds = (ms - firstTokenMs) / 1_000;
  return tries === 0 || estimated || output === 0 || seconds <= 0 ? undefined : output / seconds;
}

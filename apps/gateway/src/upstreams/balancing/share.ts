import type { Target } from '../targets/target.js';

/** What a target that has just come gets of its weight: enough for a first call. */
const FIRST = 0.1;

/** The part of the load that a target should have now. */
export type Share = (target: Target) => number;

/** @param slowStart seconds in which the share of a target that came (back) grows to its whole weight */
export function shareOf(slowStart: number | undefined): Share {
  if (slowStart === undefined) return ({ weight }) => weight;
  const ms = slowStart * 1_000;
  return ({ weight, upSince }) => {
    const age = Date.now() - upSince;
    return age >= ms ? weight : weight * Math.max(FIRST, age / ms);
  };
}

import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import type { CostDefinition } from './limit-definition.js';

/** How much a call counts. @throws Problem 400 when its own word on it is no number */
export type CostOf = (call: Call) => number;

export function costOf(cost: CostDefinition): CostOf {
  if (typeof cost === 'number') return () => cost;
  const { max, default: usual } = cost;
  const field = cost.header.toLowerCase();
  return (call) => {
    const value = call.headers[field];
    if (value === undefined) return usual;
    // Nothing is free by a word of the caller.
    if (typeof value !== 'string' || !/^[0-9]{1,15}$/.test(value) || Number(value) < 1) {
      throw new Problem(400, `The header ${field} must be a whole number above 0: how much the call counts.`);
    }
    return Math.min(Number(value), max);
  };
}

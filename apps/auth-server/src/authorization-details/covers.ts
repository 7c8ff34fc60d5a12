import { isDeepStrictEqual } from 'node:util';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';

/** Whether what is asked for is what was granted, or has shorter lists (of actions, locations, …). */
export function covers(granted: AuthorizationDetail, asked: AuthorizationDetail): boolean {
  const names = new Set([...Object.keys(granted), ...Object.keys(asked)]);
  return [...names].every((name) => includes(granted[name], asked[name]));
}

function includes(granted: unknown, asked: unknown): boolean {
  if (!Array.isArray(granted) || !Array.isArray(asked)) return isDeepStrictEqual(granted, asked);
  // An empty list could mean "any" to an API: it is no part of a longer one.
  if (asked.length === 0) return granted.length === 0;
  return asked.every((one) => granted.some((other) => isDeepStrictEqual(one, other)));
}

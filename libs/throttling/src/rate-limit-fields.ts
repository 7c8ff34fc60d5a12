import { type Consumption, type Limit, type LimitState, quotaOf } from './limit.js';

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers) as structured fields (RFC 9651): quota q, window w,
 * remaining r, reset t (seconds).
 */
export function rateLimitHeaders({ states }: Pick<Consumption, 'states'>): [name: string, value: string][] {
  return [
    ['ratelimit-policy', states.map(({ terms }) => policyOf(terms)).join(', ')],
    ['ratelimit', states.map(stateOf).join(', ')],
  ];
}

/** An item of `RateLimit-Policy`. */
export function policyOf(limit: Limit): string {
  const { name, algorithm, windowMs } = limit;
  const quota = quotaOf(limit);
  if (algorithm === 'concurrency') return `"${name}";q=${quota};qu="concurrent-requests"`;
  // Of a burst, the window is the time in which all of it is there again: the same rate, told by what may come at once.
  const window = algorithm === 'gcra' ? (windowMs * quota) / limit.limit : windowMs;
  return `"${name}";q=${quota};w=${Math.ceil(window / 1000)}`;
}

/** An item of `RateLimit`. */
export function stateOf({ terms, used, resetMs }: LimitState): string {
  const remaining = `"${terms.name}";r=${Math.max(0, quotaOf(terms) - used)}`;
  if (terms.algorithm === 'concurrency') return remaining;
  return `${remaining};t=${Math.ceil(resetMs / 1000)}`;
}

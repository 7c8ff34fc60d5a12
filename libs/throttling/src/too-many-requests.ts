import { Problem } from '@gatehouse/http';
import { type Consumption, type LimitState, quotaOf } from './limit.js';

const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** The problem type of draft-ietf-httpapi-ratelimit-headers for a request over its limit. */
export class QuotaExceeded extends Problem {
  constructor(
    detail: string,
    /** Names of limits, as `RateLimit-Policy` has them. */
    readonly violatedPolicies: readonly string[],
    seconds: number,
  ) {
    super(429, detail, { headers: { 'retry-after': String(seconds) } });
  }

  override toJSON() {
    return {
      ...super.toJSON(),
      type: QUOTA_EXCEEDED,
      'violated-policies': this.violatedPolicies,
    };
  }
}

/**
 * The answer to a request over its limit: RFC 6585 §4, with RFC 9110 §10.2.3 Retry-After: when it fits all its limits, if
 * nobody else comes.
 */
export function tooManyRequests(refusedBy: LimitState, { states }: Partial<Consumption> = {}): Problem {
  const refusing = states?.filter(refuses) ?? [];
  const names = [...new Set([refusedBy.name, ...refusing.map(({ name }) => name)])];
  const waitMs = Math.max(refusedBy.waitMs, ...refusing.map((state) => state.waitMs));
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new QuotaExceeded(`${reason(refusedBy)} Try again in ${seconds} s.`, names, seconds);
}

function refuses({ terms, used }: LimitState): boolean {
  return used + (terms.cost ?? 1) > quotaOf(terms);
}

function reason({ terms }: LimitState): string {
  const quota = quotaOf(terms);
  if (terms.algorithm === 'concurrency')
    return `The limit "${terms.name}" of ${quota} requests at once is reached.`;
  return `The limit "${terms.name}" of ${quota} requests is used up.`;
}

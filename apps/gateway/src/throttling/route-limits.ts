import {
  type Limit,
  rateLimitHeaders,
  type StoreThrottlerStorage,
  tooManyRequests,
} from '@gatehouse/throttling';
import { normalizeIp } from '@nestjs/throttler';
import type { Call } from '../calls/call.js';
import type { RouteLimit } from './limit-definition.js';

/** Counts a call against the limits of its route. @throws Problem 429 */
export type Charge = (call: Call) => Promise<void>;

/** The limits of a route, ready to count; undefined where there are none. */
export function compileLimits(
  limits: readonly RouteLimit[],
  route: { readonly id: string; readonly name: string },
  storage: StoreThrottlerStorage,
): Charge | undefined {
  if (limits.length === 0) return undefined;
  // All counters of a route share a slot of a Redis Cluster, so that one script reaches them.
  const compiled = limits.map(({ by, limit, window }) => ({
    by,
    limit,
    name: `${route.name}-${by}-${window}`,
    keyPrefix: `limit:{${route.id}}:${by}:${window}:`,
    windowMs: window * 1_000,
  }));
  return async (call) => {
    const counted: Limit[] = compiled.map(({ name, keyPrefix, by, limit, windowMs }) => ({
      name,
      key: keyPrefix + subjectOf(by, call),
      limit,
      windowMs,
    }));
    const consumption = await storage.consume(counted);
    for (const [name, value] of rateLimitHeaders(consumption)) call.answerHeaders.append(name, value);
    if (consumption.refusedBy) throw tooManyRequests(consumption.refusedBy);
  };
}

/** Who a call is counted for; where nobody is known by name, the address stands in. */
function subjectOf(by: RouteLimit['by'], call: Call): string {
  if (by === 'route') return 'all';
  const { clientId, subject } = call.caller;
  if (by === 'client' && clientId !== undefined) return `client:${clientId}`;
  if (by === 'user' && subject !== undefined) return `user:${subject}`;
  return `address:${normalizeIp(call.ip, 64)}`;
}

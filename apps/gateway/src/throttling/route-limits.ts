import type { Call } from '../calls/call.js';
import type { CallLimits } from './call-limits.service.js';
import { compileLimit } from './compiled-limit.js';
import type { LimitDefinition } from './limit-definition.js';
import type { Plans } from './plans.service.js';

/** Counts a call against the limits of its route and of its caller's plan; waits for nothing where there are none. */
export type Charge = (call: Call) => Promise<void> | undefined;

/** The route whose limits they are. */
export interface LimitedRoute {
  readonly id: string;
  readonly name: string;
  /** Whether its guards find out who calls: callers may have plans then. */
  readonly guarded: boolean;
}

/** The limits of a route, ready to count; undefined where no call to it can have any. */
export function compileLimits(
  definitions: readonly LimitDefinition[],
  { id, name, guarded }: LimitedRoute,
  limits: CallLimits,
  plans: Plans,
): Charge | undefined {
  // All counters of a route share a slot of a Redis Cluster, so that one script reaches them.
  const prefix = `limit:{${id}}:`;
  const own = definitions.map((one) => compileLimit(one, name, () => prefix));
  if (!guarded) return own.length === 0 ? undefined : (call) => limits.charge(call, own);
  return (call) => {
    const { plan } = call.caller;
    const all = plan === undefined ? own : [...own, ...plans.get(plan).all];
    return all.length === 0 ? undefined : limits.charge(call, all);
  };
}

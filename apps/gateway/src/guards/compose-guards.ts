import { Problem } from '@gatehouse/http';
import { Call } from '../calls/call.js';
import type { IncomingCall } from '../calls/incoming-call.js';
import { bestRefusal } from './best-refusal.js';
import { type Caller, NOBODY } from './route-guard.js';

/** A guard of a route with its settings checked: what runs at each call. A promise is made only where one must wait. */
export type CompiledGuard = (call: IncomingCall, soFar: Caller) => Promise<Caller> | Caller;

/** Asks each in turn until one refuses; what they found out adds up. */
export function allOf(guards: readonly CompiledGuard[]): CompiledGuard {
  if (guards.length === 1) return guards[0]!;
  return (call, soFar) => allFrom(guards, 0, call, soFar);
}

function allFrom(
  guards: readonly CompiledGuard[],
  from: number,
  call: IncomingCall,
  soFar: Caller,
): Promise<Caller> | Caller {
  let caller = soFar;
  for (let i = from; i < guards.length; i++) {
    const found = guards[i]!(call, caller);
    if (found instanceof Promise) {
      const known = caller;
      return found.then((late) => allFrom(guards, i + 1, call, together(known, late)));
    }
    caller = together(caller, found);
  }
  return caller;
}

/** Asks each in turn until one agrees. When none does, the caller is told what serves them best. */
export function anyOf(guards: readonly CompiledGuard[]): CompiledGuard {
  return (call, soFar) => anyFrom(guards, 0, call, soFar, []);
}

function anyFrom(
  guards: readonly CompiledGuard[],
  from: number,
  call: IncomingCall,
  soFar: Caller,
  refusals: unknown[],
): Promise<Caller> | Caller {
  // What a guard left on the call before it refused, such as a check of the body, is not what the next one asks for.
  const undo = call instanceof Call ? call.beforeGuard() : undefined;
  for (let i = from; i < guards.length; i++) {
    try {
      const found = guards[i]!(call, soFar);
      if (!(found instanceof Promise)) return found;
      return found.catch((refusal: unknown) => {
        undo?.();
        return anyFrom(guards, i + 1, call, soFar, [...refusals, refusal]);
      });
    } catch (refusal) {
      undo?.();
      refusals.push(refusal);
    }
  }
  throw bestRefusal(refusals);
}

/**
 * What two guards found out together. Rights never add up: of scopes and models, those that both know; and credentials of
 * two consumers or of two people in one call are nobody's.
 */
export function together(one: Caller, other: Caller): Caller {
  if (one === NOBODY) return other;
  if (other === one) return one;
  if (differ(one.consumer, other.consumer)) {
    throw new Problem(403, 'The credentials of this call belong to different consumers.');
  }
  // A subject of one issuer under the name of another would be somebody else.
  if (differ(one.subject, other.subject) || differ(one.issuer, other.issuer)) {
    throw new Problem(
      403,
      'The credentials of this call belong to different people, or are of different issuers.',
    );
  }
  return { ...one, ...other, ...inBoth('scopes', one, other), ...inBoth('models', one, other) };
}

/** Nothing where one of them does not limit it. */
function inBoth(right: 'scopes' | 'models', { [right]: some }: Caller, { [right]: others }: Caller): Caller {
  return some && others ? { [right]: some.filter((name) => others.includes(name)) } : {};
}

/** Whether both are known, and are not the same. */
function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

import { type Limit, policyOf } from '@gatehouse/throttling';
import type { Call } from '../calls/call.js';
import { costOf } from './limit-cost.js';
import { type LimitDefinition, limitKey } from './limit-definition.js';
import { subjectOf } from './limit-subject.js';

/** A limit ready to count calls. */
export interface CompiledLimit {
  readonly definition: Pick<LimitDefinition, 'on_store_failure' | 'headers'>;
  /** Its item of `RateLimit-Policy`. */
  readonly policy: string;
  /** What a call counts against. @throws Problem 400 when its cost cannot be read */
  of(call: Call): Limit;
}

/**
 * @param owner what stands before the name that a limit without one gets
 * @param keyPrefix where its counters are; with {braces} around what decides on their slot
 */
export function compileLimit(
  definition: LimitDefinition,
  owner: string,
  keyPrefix: (call: Call) => string,
): CompiledLimit {
  const { limit, algorithm, burst } = definition;
  const windowMs = (definition.window ?? 0) * 1_000;
  const name = definition.name ?? `${owner}-${nameOf(definition)}`;
  const key = `${limitKey(definition)}:`;
  const subject = subjectOf(definition.by, definition.ipv6_prefix);
  const cost = costOf(definition.cost);
  return {
    definition,
    policy: policyOf({ name, key, limit, windowMs, algorithm, burst }),
    of: (call) => ({
      name,
      key: keyPrefix(call) + key + subject(call),
      limit,
      windowMs,
      algorithm,
      burst,
      cost: cost(call),
    }),
  };
}

/** In structured fields, and in the words of whoever configured it. */
function nameOf({ by, window, algorithm }: LimitDefinition): string {
  const who = [by].flat().join('+').replaceAll(':', '-');
  if (algorithm === 'concurrency') return `${who}-concurrency`;
  return algorithm === 'fixed_window' ? `${who}-${window}` : `${who}-${window}-${algorithm}`;
}

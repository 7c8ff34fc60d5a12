import { normalizeIp } from '@nestjs/throttler';
import type { Call } from '../calls/call.js';
import type { RouteUpstream } from '../upstreams/upstream-definition.js';
import type { Upstream } from '../upstreams/upstream.js';
import { type Condition, compileConditions } from './condition.js';
import type { Destination } from './route-table.js';
import type { SplitDefinition } from './split-definition.js';

interface Part {
  readonly destination: Destination;
  readonly conditions: readonly Condition[];
  readonly weight: number;
  readonly seed: number;
}

/** Divides the calls of a route: conditions first, then weights, by chance or by who calls. */
export function compileSplit(
  { parts: definitions, sticky }: SplitDefinition,
  upstreamOf: (definition: RouteUpstream) => Upstream,
): (call: Call) => Destination {
  const parts: Part[] = definitions.map((one) => ({
    destination: { upstream: upstreamOf(one.upstream), part: one.name },
    conditions: compileConditions(one),
    weight: one.weight,
    seed: hash(one.name, 0),
  }));
  const conditional = parts.filter(({ conditions }) => conditions.length > 0);
  const weighted = parts.filter(({ weight }) => weight > 0);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const divide = sticky
    ? (call: Call) => heaviest(weighted, subjectOf(sticky, call))
    : () => atRandom(weighted, total);
  return (call) => {
    for (const part of conditional) {
      if (part.conditions.every((condition) => condition.holds(call))) return part.destination;
    }
    return divide(call).destination;
  };
}

function atRandom(parts: readonly Part[], total: number): Part {
  let left = Math.random() * total;
  for (const part of parts) {
    left -= part.weight;
    if (left < 0) return part;
  }
  return parts.at(-1)!;
}

/**
 * Weighted rendezvous hashing: each part draws a lot for each caller, and the best takes it. A weight that changes moves
 * callers to or from that part only.
 */
function heaviest(parts: readonly Part[], subject: string): Part {
  let best = parts[0]!;
  let least = Infinity;
  for (const part of parts) {
    // Of exponential distributions, the share of the least is as the weights are.
    const lot = -Math.log((hash(subject, part.seed) + 0.5) / 2 ** 32) / part.weight;
    if (lot < least) [best, least] = [part, lot];
  }
  return best;
}

function subjectOf(sticky: NonNullable<SplitDefinition['sticky']>, call: Call): string {
  const { consumer, clientId, subject } = call.caller;
  const name = sticky === 'consumer' ? (consumer ?? clientId) : subject;
  return sticky !== 'address' && name !== undefined ? `name:${name}` : `address:${normalizeIp(call.ip, 64)}`;
}

/** FNV-1a, and what MurmurHash3 does at its end so that each bit depends on all: 32 bits, without an allocation. */
function hash(text: string, seed: number): number {
  let state = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

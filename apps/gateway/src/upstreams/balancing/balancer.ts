import type { Call } from '../../calls/call.js';
import type { BalancingDefinition } from '../upstream-definition.js';
import type { Target } from '../targets/target.js';
import { ConsistentHash } from './consistent-hash.js';
import { hashKey } from './hash-key.js';
import { LeastConnections } from './least-connections.js';
import { PowerOfTwo } from './power-of-two.js';
import { RoundRobin, WeightedRoundRobin } from './round-robin.js';
import { shareOf } from './share.js';

/** Chooses among targets that are up. Another one is made whenever those change. */
export interface Balancer {
  /** @param tried those that have failed the call already @returns undefined where none is left */
  choose(call: Call, tried: readonly Target[]): Target | undefined;
}

export function createBalancer(definition: BalancingDefinition, up: readonly Target[]): Balancer {
  const share = shareOf(definition.slow_start);
  const targets = up.filter(({ weight }) => weight > 0);
  switch (definition.by) {
    case 'round_robin': {
      const even = targets.every(({ weight }) => weight === targets[0]!.weight);
      return even && !definition.slow_start
        ? new RoundRobin(targets)
        : new WeightedRoundRobin(targets, share);
    }
    case 'least_connections':
      return new LeastConnections(targets, share);
    case 'p2c_ewma':
      return new PowerOfTwo(targets, share);
    case 'consistent_hash':
      return new ConsistentHash(targets, hashKey(definition.hash_on!));
  }
}

import type { Call } from '../../calls/call.js';
import type { Target } from '../targets/target.js';
import type { Balancer } from './balancer.js';
import type { HashKey } from './hash-key.js';

/** Points of a target of the mean weight: its share is then right to some 10 %. */
const POINTS = 160;
const MAX_POINTS = POINTS * 20;

/**
 * A ring of points, of which each target has many (Ketama): when a target goes, only its own keys move, and each to the target
 * that comes next.
 */
export class ConsistentHash implements Balancer {
  private readonly points: Uint32Array;
  private readonly owners: readonly Target[];

  constructor(
    targets: readonly Target[],
    private readonly key: HashKey,
  ) {
    const mean = targets.reduce((sum, { weight }) => sum + weight, 0) / targets.length;
    const all = targets.flatMap((target) => {
      const count = Math.min(MAX_POINTS, Math.max(1, Math.round((POINTS * target.weight) / mean)));
      return Array.from({ length: count }, (_, i) => ({ at: hashOf(`${target.name} ${i}`), target }));
    });
    all.sort((a, b) => a.at - b.at);
    this.points = Uint32Array.from(all, ({ at }) => at);
    this.owners = all.map(({ target }) => target);
  }

  choose(call: Call, tried: readonly Target[]): Target | undefined {
    const { owners } = this;
    const start = this.firstFrom(hashOf(this.key(call)));
    for (let i = 0; i < owners.length; i++) {
      const target = owners[(start + i) % owners.length]!;
      if (!tried.includes(target)) return target;
    }
    return undefined;
  }

  private firstFrom(hash: number): number {
    const { points } = this;
    let [low, high] = [0, points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (points[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return low === points.length ? 0 : low;
  }
}

/** FNV-1a, with the last step of MurmurHash3 that spreads short keys. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

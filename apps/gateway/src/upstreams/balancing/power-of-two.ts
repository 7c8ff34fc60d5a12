import type { Call } from '../../calls/call.js';
import type { Target } from '../targets/target.js';
import type { Balancer } from './balancer.js';
import type { Share } from './share.js';

/** Below this, differences are noise. */
const FLOOR_MS = 0.5;

/**
 * The better one of two chosen by chance: by calls under way and the time that answers took lately. Unlike the best of all, it
 * does not send every replica's calls to the same target at once.
 */
export class PowerOfTwo implements Balancer {
  constructor(
    private readonly targets: readonly Target[],
    private readonly share: Share,
  ) {
    for (const target of targets) target.timed = true;
  }

  choose(_: Call, tried: readonly Target[]): Target | undefined {
    const left = tried.length === 0 ? this.targets : this.targets.filter((one) => !tried.includes(one));
    if (left.length < 2) return left[0];
    const first = Math.floor(Math.random() * left.length);
    const second = (first + 1 + Math.floor(Math.random() * (left.length - 1))) % left.length;
    const now = performance.now();
    const [a, b] = [left[first]!, left[second]!];
    return this.cost(a, now) <= this.cost(b, now) ? a : b;
  }

  private cost(target: Target, now: number): number {
    return ((target.latency.value(now) + FLOOR_MS) * (target.active + 1)) / this.share(target);
  }
}

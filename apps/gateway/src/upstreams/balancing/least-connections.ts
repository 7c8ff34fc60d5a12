import type { Call } from '../../calls/call.js';
import type { Target } from '../targets/target.js';
import type { Balancer } from './balancer.js';
import type { Share } from './share.js';

/** Whoever has the fewest calls under way for its weight; of equals, one after the other. */
export class LeastConnections implements Balancer {
  private start = 0;

  constructor(
    private readonly targets: readonly Target[],
    private readonly share: Share,
  ) {}

  choose(_: Call, tried: readonly Target[]): Target | undefined {
    const { targets } = this;
    if (++this.start >= targets.length) this.start = 0;
    let best: Target | undefined;
    let least = Infinity;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(this.start + i) % targets.length]!;
      if (tried.includes(target)) continue;
      const load = (target.active + 1) / this.share(target);
      if (load >= least) continue;
      least = load;
      best = target;
    }
    return best;
  }
}

import type { Call } from '../../calls/call.js';
import type { Target } from '../targets/target.js';
import type { Balancer } from './balancer.js';
import type { Share } from './share.js';

/** One after the other. */
export class RoundRobin implements Balancer {
  private next: number;

  constructor(private readonly targets: readonly Target[]) {
    // Replicas that start together must not all begin at the same one.
    this.next = Math.floor(Math.random() * targets.length);
  }

  choose(_: Call, tried: readonly Target[]): Target | undefined {
    const { targets } = this;
    if (targets.length === 1 && tried.length === 0) return targets[0];
    for (let i = 0; i < targets.length; i++) {
      if (++this.next >= targets.length) this.next = 0;
      const target = targets[this.next]!;
      if (!tried.includes(target)) return target;
    }
    return undefined;
  }
}

/** By weight, and never one many times in a row: nginx's smooth weighted round robin. */
export class WeightedRoundRobin implements Balancer {
  private readonly credit: number[];

  constructor(
    private readonly targets: readonly Target[],
    private readonly share: Share,
  ) {
    this.credit = targets.map((target) => Math.random() * target.weight);
  }

  choose(_: Call, tried: readonly Target[]): Target | undefined {
    const { targets, credit } = this;
    let best = -1;
    let total = 0;
    for (let i = 0; i < targets.length; i++) {
      if (tried.includes(targets[i]!)) continue;
      const share = this.share(targets[i]!);
      total += share;
      credit[i]! += share;
      if (best < 0 || credit[i]! > credit[best]!) best = i;
    }
    if (best < 0) return undefined;
    credit[best]! -= total;
    return targets[best];
  }
}

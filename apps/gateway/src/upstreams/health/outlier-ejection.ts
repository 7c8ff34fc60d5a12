import type { OutliersDefinition } from '../resilience-definition.js';
import type { Judge, Target } from '../targets/target.js';

/** Leaves out targets that fail call after call, each time for longer; never more of them than it may. */
export class OutlierEjection implements Judge {
  /** @param changed called whenever a target goes or comes back */
  constructor(
    private readonly settings: OutliersDefinition,
    private readonly targets: readonly Target[],
    private readonly changed: () => void,
  ) {}

  succeeded(target: Target): void {
    target.consecutiveFailures = 0;
  }

  failed(target: Target): void {
    if (++target.consecutiveFailures < this.settings.consecutive_failures || target.ejectedUntil > 0) return;
    if (!this.mayEject()) return;
    const { ejection, max_ejection } = this.settings;
    const now = Date.now();
    if (now - target.upSince > max_ejection * 1_000) target.ejectionsInARow = 0;
    const ms = Math.min(ejection * ++target.ejectionsInARow, max_ejection) * 1_000;
    target.ejections++;
    target.reason = `failed ${target.consecutiveFailures} calls in a row`;
    const until = (target.ejectedUntil = now + ms);
    setTimeout(() => {
      // It may have been pardoned since, and ejected again.
      if (target.ejectedUntil === until) this.admit(target);
    }, ms).unref();
    this.changed();
  }

  private admit(target: Target): void {
    target.ejectedUntil = 0;
    target.consecutiveFailures = 0;
    target.upSince = Date.now();
    this.changed();
  }

  private mayEject(): boolean {
    const { targets, settings } = this;
    const out = targets.filter(({ ejectedUntil }) => ejectedUntil > 0).length + 1;
    return out * 100 <= settings.max_ejected_percent * targets.length;
  }
}

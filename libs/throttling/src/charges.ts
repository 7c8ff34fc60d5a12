import type { Store } from '@gatehouse/store';
import { CONSUME, type Consumption, type Limit, readConsumption } from './consume.script.js';

/** Charges of one run of the script: it holds up everything else on a Redis server while it runs. */
const MAX_CHARGES = 256;

interface Waiting {
  readonly resolve: (consumption: Consumption) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that have all their limits in common. */
interface Charge {
  readonly limits: readonly Limit[];
  readonly waiting: Waiting[];
}

/**
 * Gathers the requests of one turn of the event loop, so that they cost one command, not one each; while a command is
 * under way the next one is gathered. One of these for each slot of a Redis Cluster.
 */
export class Charges {
  private charges: Charge[] = [];
  private readonly byKey = new Map<string, Charge>();
  private scheduled = false;

  constructor(
    private readonly store: Store,
    private readonly onIdle: () => void,
  ) {}

  add(limits: readonly Limit[]): Promise<Consumption> {
    return new Promise((resolve, reject) => {
      this.chargeOf(limits).waiting.push({ resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => void this.flush());
    });
  }

  private chargeOf(limits: readonly Limit[]): Charge {
    const { key } = limits[0]!;
    const known = this.byKey.get(key);
    if (known && sameLimits(known.limits, limits)) return known;
    const charge: Charge = { limits, waiting: [] };
    this.charges.push(charge);
    this.byKey.set(key, charge);
    return charge;
  }

  private async flush(): Promise<void> {
    while (this.charges.length > 0) {
      const batch = this.charges.splice(0, MAX_CHARGES);
      this.byKey.clear();
      await this.run(batch);
    }
    this.scheduled = false;
    this.onIdle();
  }

  private async run(batch: readonly Charge[]): Promise<void> {
    const keys: string[] = [];
    const args: number[] = [];
    for (const { limits, waiting } of batch) {
      args.push(limits.length, waiting.length);
      for (const { key, limit, windowMs } of limits) {
        keys.push(key);
        args.push(limit, windowMs);
      }
    }
    try {
      answer(batch, await this.store.run(CONSUME, keys, args));
    } catch (error) {
      for (const { waiting } of batch) for (const one of waiting) one.reject(error);
    }
  }
}

function answer(batch: readonly Charge[], reply: readonly number[]): void {
  let at = 0;
  for (const { limits, waiting } of batch) {
    for (let turn = 0; turn < waiting.length; turn++) {
      waiting[turn]!.resolve(readConsumption(limits, reply, at, turn));
    }
    at += 2 + 2 * limits.length;
  }
}

function sameLimits(some: readonly Limit[], others: readonly Limit[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    const [one, other] = [some[i]!, others[i]!];
    if (one.key !== other.key || one.limit !== other.limit || one.windowMs !== other.windowMs) return false;
  }
  return true;
}

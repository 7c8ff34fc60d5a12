import { Store } from '@gatehouse/store';
import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Charges } from './charges.js';
import type { Consumption, Limit } from './consume.script.js';
import { GIVE_BACK } from './give-back.script.js';

/** The storage of @nestjs/throttler in our `Store`: counters in Redis, shared by all replicas. */
@Injectable()
export class StoreThrottlerStorage implements ThrottlerStorage {
  private readonly slots = new Map<string, Charges>();

  constructor(@Inject(Store) private readonly store: Store) {}

  /** Counts one request against all its limits (at least one), in a round trip that it may share with others. */
  consume(limits: readonly Limit[]): Promise<Consumption> {
    const slot = slotOf(limits[0]!.key);
    let charges = this.slots.get(slot);
    if (!charges) {
      charges = new Charges(this.store, () => this.slots.delete(slot));
      this.slots.set(slot, charges);
    }
    return charges.add(limits);
  }

  /** Takes back what `consume` counted, for what turned out to be no guess. */
  async giveBack(keys: readonly string[]): Promise<void> {
    await this.store.run(GIVE_BACK, [...keys], []);
  }

  /** The throttler's own contract, one limit a call: for guards of other modules that use this storage as it is. */
  async increment(key: string, ttl: number, limit: number, _blockDuration: number, throttlerName: string) {
    const { states, refusedBy } = await this.consume([{ name: throttlerName, key, limit, windowMs: ttl }]);
    const state = states[0]!;
    const seconds = Math.ceil(state.resetMs / 1000);
    const isBlocked = refusedBy !== undefined;
    return {
      totalHits: isBlocked ? state.used + 1 : state.used,
      timeToExpire: seconds,
      isBlocked,
      timeToBlockExpire: isBlocked ? seconds : 0,
    };
  }
}

/** What decides on the slot of a key in a Redis Cluster: what stands in {braces}, or all of it. */
function slotOf(key: string): string {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open);
  return open < 0 || close < 0 ? key : key.slice(open, close);
}

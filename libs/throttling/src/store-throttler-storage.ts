import { Store } from '@gatehouse/store';
import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Charges } from './charges.js';
import type { Consumption, Limit, LimitState } from './limit.js';
import { bySlot, consumeInSlots, type SlotCounter, slotOf } from './several-slots.js';

/** The storage of @nestjs/throttler in our `Store`: counters in Redis, shared by all replicas. */
@Injectable()
export class StoreThrottlerStorage implements ThrottlerStorage {
  private readonly slots = new Map<string, Charges>();
  private readonly inSlot: SlotCounter = {
    consume: (limits) => this.charges(limits).add(limits),
    giveBack: (limits) => this.giveBack(limits),
  };

  constructor(@Inject(Store) private readonly store: Store) {}

  /** Counts one request against all its limits (at least one), in a round trip that it may share with others. */
  consume(limits: readonly Limit[]): Promise<Consumption> {
    const groups = this.store.clustered ? bySlot(limits) : undefined;
    return groups ? consumeInSlots(limits, groups, this.inSlot) : this.inSlot.consume(limits);
  }

  /** Takes back what `consume` counted, for what turned out to be no guess. What lasts as long as a request is released. */
  async giveBack(limits: readonly Limit[]): Promise<void> {
    const lasting = limits.filter(({ algorithm }) => algorithm !== 'concurrency');
    if (lasting.length > 0) await this.charges(lasting).add(lasting, -1);
  }

  /** How limits stand, without counting anything. */
  async look(limits: readonly Limit[]): Promise<readonly LimitState[]> {
    if (limits.length === 0) return [];
    const groups = (this.store.clustered && bySlot(limits)) || [limits];
    const looks = await Promise.all(groups.map((group) => this.charges(group).add(group, 0)));
    const states = new Map(looks.flatMap((one) => one.states).map((state) => [state.terms.key, state]));
    return limits.map(({ key }) => states.get(key)!);
  }

  /**
   * The throttler's own contract, one limit a call: for guards of other modules that use this storage as it is. Whoever is
   * over the limit waits until its window ends, whatever blockDuration says.
   */
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

  /** All charges of a server that has no slots go one way: one script reaches everything. */
  private charges(limits: readonly Limit[]): Charges {
    const slot = this.store.clustered ? slotOf(limits[0]!.key) : '';
    const known = this.slots.get(slot);
    if (known) return known;
    const charges = new Charges(this.store, () => this.slots.delete(slot));
    this.slots.set(slot, charges);
    return charges;
  }
}

import { Store } from '@gatehouse/store';
import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { CONSUME, type Consumption, type Limit, readConsumption } from './consume.script.js';

/** The storage of @nestjs/throttler in our `Store`: counters in Redis, shared by all replicas. */
@Injectable()
export class StoreThrottlerStorage implements ThrottlerStorage {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** Counts one request against all its limits, in one round trip. */
  async consume(limits: readonly Limit[]): Promise<Consumption> {
    const keys = limits.map((limit) => limit.key);
    const args = limits.flatMap((limit) => [limit.limit, limit.windowMs]);
    return readConsumption(limits, await this.store.run(CONSUME, keys, args));
  }

  /** Begins a limit anew, for what turned out to be no guess. */
  forget(key: string): Promise<void> {
    return this.store.delete(key);
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

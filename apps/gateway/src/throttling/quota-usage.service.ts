import { StoreThrottlerStorage } from '@gatehouse/throttling';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../guards/route-guard.js';
import { Plans, quotasOf } from './plans.service.js';

/** How one quota of a plan stands. */
export interface QuotaUsage {
  readonly name: string;
  readonly limit: number;
  readonly used: number;
  readonly left: number;
  readonly per: 'day' | 'month';
  readonly time_zone: string;
  readonly starts_at: string;
  readonly ends_at: string;
}

/** Looks at the quotas of callers, and counts nothing. */
@Injectable()
export class QuotaUsages {
  constructor(
    private readonly plans: Plans,
    private readonly storage: StoreThrottlerStorage,
  ) {}

  /** None, where the caller has no plan. @throws Problem 503 where the plan does not exist */
  async of(caller: Caller): Promise<QuotaUsage[]> {
    if (caller.plan === undefined) return [];
    const plan = this.plans.get(caller.plan);
    const states = await this.storage.look(quotasOf(plan, caller));
    return states.map(({ name, limit, used }, index) => {
      const quota = plan.quotas[index]!;
      const { startsAt, endsAt } = quota.periodNow();
      return {
        name,
        limit,
        used,
        left: Math.max(0, limit - used),
        per: quota.definition.per,
        time_zone: quota.definition.time_zone,
        starts_at: new Date(startsAt).toISOString(),
        ends_at: new Date(endsAt).toISOString(),
      };
    });
  }
}

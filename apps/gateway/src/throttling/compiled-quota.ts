import { type Limit, policyOf } from '@gatehouse/throttling';
import type { Call } from '../calls/call.js';
import type { CompiledLimit } from './compiled-limit.js';
import { costOf, type CostOf } from './limit-cost.js';
import { type QuotaDefinition, quotaKey } from './plan-definition.js';
import { type Period, periodAt } from './quota-period.js';

/** A quota of a plan: a window that begins and ends with the calendar. */
export class CompiledQuota implements CompiledLimit {
  policy: string;
  private period: Period = { name: '', startsAt: 0, endsAt: 0 };
  private readonly name: string;
  private readonly key: string;
  private readonly cost: CostOf;

  constructor(
    readonly definition: QuotaDefinition,
    plan: string,
    private readonly keyPrefix: (call: Call) => string,
  ) {
    this.name = definition.name ?? `${plan}-${definition.per}`;
    this.key = quotaKey(definition);
    this.cost = costOf(definition.cost);
    this.periodNow();
  }

  of(call: Call): Limit {
    return { ...this.at(this.keyPrefix(call)), cost: this.cost(call) };
  }

  /** Whose counters begin with a prefix. */
  at(keyPrefix: string): Limit {
    const { name, startsAt, endsAt } = this.periodNow();
    return {
      name: this.name,
      key: `${keyPrefix}${this.key}:${name}`,
      limit: this.definition.limit,
      windowMs: endsAt - startsAt,
      endsAt,
    };
  }

  /** Worked out once for each period; a clock that is set back has the earlier one again. */
  periodNow(now = Date.now()): Period {
    const { startsAt, endsAt } = this.period;
    if (now >= startsAt && now < endsAt) return this.period;
    this.period = periodAt(now, this.definition.per, this.definition.time_zone);
    this.policy = policyOf({
      name: this.name,
      key: this.key,
      limit: this.definition.limit,
      windowMs: this.period.endsAt - this.period.startsAt,
    });
    return this.period;
  }
}

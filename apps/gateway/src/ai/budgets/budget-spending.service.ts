import { Store } from '@gatehouse/store';
import { Injectable } from '@nestjs/common';
import { inUnits } from './amounts.js';
import type { Budget, Counter } from './budget.js';
import { readCounter } from './counter-text.js';
import { HOLDERS, LOOK } from './spending.script.js';

/** What somebody has used of a budget in the period that is now; in dollars where it counts money. */
export interface Spending {
  readonly holder: string;
  /** By calls that are settled. */
  readonly spent: number;
  /** For calls that are under way. */
  readonly reserved: number;
  readonly left: number;
}

/** Looks at budgets, and counts nothing. */
@Injectable()
export class BudgetSpending {
  constructor(private readonly store: Store) {}

  /** Those who have used some of it in this period, in the order of their names. @throws StoreUnavailableError */
  async holders(budget: Budget): Promise<string[]> {
    const { holdersKey } = budget.counterOf('');
    return (await this.store.run(HOLDERS, [holdersKey], [])).sort();
  }

  /** @throws StoreUnavailableError */
  async look(
    counters: readonly (Pick<Counter, 'key' | 'subject'> & { readonly budget: Budget })[],
  ): Promise<Spending[]> {
    if (counters.length === 0) return [];
    const found = await this.store.run(
      LOOK,
      counters.map(({ key }) => key),
      [],
    );
    return counters.map(({ budget, subject }, index) => {
      const { unit } = budget.definition;
      const { sum = 0, reserved = 0 } = readCounter(found[index]) ?? {};
      return {
        holder: subject,
        spent: inUnits(sum - reserved, unit),
        reserved: inUnits(reserved, unit),
        left: inUnits(Math.max(0, budget.limit - sum), unit),
      };
    });
  }
}

/** What a budget is, and its period that is now. */
export function aboutBudget(budget: Budget) {
  const { name, of, unit, limit, per, time_zone } = budget.definition;
  const { period } = budget.counterOf('');
  return {
    budget: name,
    of,
    unit,
    limit,
    per,
    time_zone,
    starts_at: new Date(period.startsAt).toISOString(),
    ends_at: new Date(period.endsAt).toISOString(),
  };
}

import { StoreUnavailableError } from '@gatehouse/store';
import { Injectable } from '@nestjs/common';
import { AiBudgets, type RouteBudgets } from '../ai/budgets/ai-budgets.service.js';
import type { AiBudgetDefinition } from '../ai/budgets/ai-budget-definition.js';
import type { Charge } from '../ai/budgets/budget.js';
import { BudgetSpending } from '../ai/budgets/budget-spending.service.js';
import { ConfigurationInForce } from '../configuration/configuration-in-force.service.js';
import type { PersonalKeyDefinition } from '../consumers/personal-keys/personal-key-definition.js';
import { PersonalKeys } from '../consumers/personal-keys/personal-keys.service.js';
import type { Caller } from '../guards/route-guard.js';
import { OwnKeyRoutes } from './own-key-routes.service.js';

/** What is used of a budget that counts the calls of somebody's keys. */
export interface KeyBudget {
  readonly name: string;
  readonly of: AiBudgetDefinition['of'];
  /** Whose share it is, where it is of a team. */
  readonly team: string | undefined;
  readonly unit: AiBudgetDefinition['unit'];
  readonly limit: number;
  /** With what is reserved for calls that are under way. */
  readonly used: number;
  /** When it begins anew, in epoch milliseconds. */
  readonly endsAt: number;
  /** The keys whose calls it counts in this share. */
  readonly keys: readonly string[];
}

interface Share extends Charge {
  readonly team: string;
  readonly keys: string[];
}

/** Of whom a person is told: themselves, their keys and their teams. */
const SHOWN: ReadonlySet<AiBudgetDefinition['of']> = new Set(['key', 'user', 'team']);

/** The budgets of somebody's keys. */
@Injectable()
export class OwnKeyBudgets {
  constructor(
    private readonly configuration: ConfigurationInForce,
    private readonly routes: OwnKeyRoutes,
    private readonly personalKeys: PersonalKeys,
    private readonly budgets: AiBudgets,
    private readonly spending: BudgetSpending,
  ) {}

  /** @returns undefined while that cannot be read */
  async of(keys: readonly PersonalKeyDefinition[]): Promise<KeyBudget[] | undefined> {
    const own = this.budgets.of(this.routes.budgets(), this.configuration.current);
    const shares = new Map<string, Share>();
    for (const key of keys) {
      const caller = this.personalKeys.callerOf(key);
      for (const charge of caller ? chargesOf(caller, own) : []) {
        const known = shares.get(charge.key);
        if (known) known.keys.push(key.name);
        else shares.set(charge.key, { ...charge, team: key.team, keys: [key.name] });
      }
    }
    return this.look([...shares.values()]);
  }

  private async look(shares: readonly Share[]): Promise<KeyBudget[] | undefined> {
    try {
      const spent = await this.spending.look(shares);
      return shares.map(({ budget: { definition }, period: { endsAt }, keys, ...share }, index) => {
        const { name, of, unit, limit } = definition;
        const { spent: settled, reserved } = spent[index]!;
        const team = of === 'team' ? share.team : undefined;
        return { name, of, team, unit, limit, used: settled + reserved, endsAt, keys };
      });
    } catch (error) {
      if (error instanceof StoreUnavailableError) return undefined;
      throw error;
    }
  }
}

/** @param caller who a call with the key is from */
function chargesOf(caller: Caller, { budgets, teamsOf }: RouteBudgets): Charge[] {
  const { models } = caller;
  const call = { caller, headers: {}, route: { name: '' } };
  const teams = teamsOf(caller);
  return budgets.flatMap((budget) => {
    const { of, only } = budget.definition;
    const model = only.models ? only.models.find((one) => models?.includes(one) ?? true) : '';
    if (!SHOWN.has(of) || model === undefined) return [];
    return budget.countersOf({ call, model, teams }).map((counter) => ({ ...counter, budget }));
  });
}

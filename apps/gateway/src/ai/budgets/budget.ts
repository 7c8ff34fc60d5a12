import type { Call } from '../../calls/call.js';
import { named, namedClient, namedUser } from '../../throttling/limit-subject.js';
import { type Period, periodAt } from '../../throttling/quota-period.js';
import { nanosOf } from '../prices/nano-dollars.js';
import type { AiBudgetDefinition } from './ai-budget-definition.js';

/** What budgets are about of a call. */
export interface Spender {
  readonly call: Pick<Call, 'caller' | 'headers'> & { readonly route: Pick<Call['route'], 'name'> };
  /** As the caller names it. */
  readonly model: string;
  readonly teams: ReadonlySet<string>;
}

/** Where a budget counts a call. */
export interface Counter {
  readonly key: string;
  /** Where it is listed who has a share. */
  readonly holdersKey: string;
  /** Who or what has this share of the budget. */
  readonly subject: string;
  readonly period: Period;
}

/** Where a call is counted, and by which budget. */
export interface Charge extends Counter {
  readonly budget: Budget;
}

const TAG = 'x-gatehouse-tag';
/** One share for all of whom it is not known who they are. */
const UNKNOWN = 'unknown';

/** A budget ready to count. */
export class Budget {
  /** In whole units: dollars in nano-dollars. */
  readonly limit: number;
  /** How much is used when somebody is to be told: ascending. */
  readonly levels: readonly number[];
  private period: Period = { name: '', startsAt: 0, endsAt: 0 };

  constructor(readonly definition: AiBudgetDefinition) {
    const { unit, limit, soft_limit: soft, alerts } = definition;
    this.limit = unit === 'usd' ? nanosOf(limit) : limit;
    const parts = new Set([...alerts.map(({ at }) => at), ...(soft === undefined ? [] : [soft])]);
    this.levels = [...new Set([...parts].map((part) => this.level(part)))].sort((a, b) => a - b);
  }

  /** None where the budget does not count the call; several for somebody in several teams. */
  countersOf(spender: Spender, now = Date.now()): Counter[] {
    if (!this.counts(spender)) return [];
    return this.subjects(spender).map((subject) => this.counterOf(subject, now));
  }

  counterOf(subject: string, now = Date.now()): Counter {
    const { name, unit } = this.definition;
    const period = this.periodAt(now);
    // One slot of a Redis Cluster has all of them: a call is counted by all its budgets in one step.
    const place = `ai-budget:{ai}:${name}:${unit}:${period.name}`;
    return { key: `${place}:${subject}`, holdersKey: `${place}|holders`, subject, period };
  }

  /** How much a fraction of the limit is. */
  level(part: number): number {
    return Math.max(1, Math.ceil(this.limit * part));
  }

  private counts({ call, model, teams }: Spender): boolean {
    const { only } = this.definition;
    if (only.models && !only.models.includes(model)) return false;
    if (only.consumers && !only.consumers.includes(call.caller.consumer ?? '')) return false;
    if (only.keys && !only.keys.includes(call.caller.credential ?? '')) return false;
    return !only.teams || only.teams.some((team) => teams.has(team));
  }

  private subjects(spender: Spender): readonly string[] {
    const known = this.known(spender);
    return known.length > 0 || this.definition.unknown === 'skip' ? known : [UNKNOWN];
  }

  private known({ call, model, teams }: Spender): readonly string[] {
    const { of, only } = this.definition;
    switch (of) {
      case 'all':
        return ['all'];
      case 'team': {
        const counted = [...teams].filter((team) => only.teams?.includes(team) ?? true);
        return counted.map((team) => `team:${team}`);
      }
      case 'user':
        return listed(namedUser(call));
      case 'client':
        return listed(namedClient(call));
      case 'consumer':
        return listed(named('consumer', call.caller.consumer));
      case 'key':
        return listed(named('key', call.caller.credential));
      case 'model':
        return listed(named('model', model));
      case 'route':
        return listed(named('route', call.route.name));
      case 'tag':
        return listed(named('tag', [call.headers[TAG] ?? []].flat().join(',')));
    }
  }

  /** Worked out once for each period. */
  private periodAt(now: number): Period {
    const { startsAt, endsAt } = this.period;
    if (now >= startsAt && now < endsAt) return this.period;
    const { per, time_zone: zone } = this.definition;
    return (this.period = periodAt(now, per, zone));
  }
}

/** Where these budgets count a call. */
export function chargesOf(budgets: readonly Budget[], spender: Spender): Charge[] {
  return budgets.flatMap((budget) => budget.countersOf(spender).map((counter) => ({ ...counter, budget })));
}

function listed(subject: string | undefined): readonly string[] {
  return subject === undefined ? [] : [subject];
}

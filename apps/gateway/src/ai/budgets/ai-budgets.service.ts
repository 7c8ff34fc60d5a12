import { randomUUID } from 'node:crypto';
import type { FieldFault } from '@gatehouse/http';
import { Metrics } from '@gatehouse/observability';
import { StoreFullError, StoreUnavailableError } from '@gatehouse/store';
import { Injectable, Logger } from '@nestjs/common';
import type { Counter as Count } from 'prom-client';
import type { Call } from '../../calls/call.js';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { Teams, type TeamsOf } from '../../consumers/teams/teams.service.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { AiModel } from '../models/ai-models.service.js';
import type { AiCall } from '../records/ai-call.js';
import { type AiCallRecord, endRecordOf, recordOf } from '../records/ai-call-record.js';
import type { Asked } from '../requests/asked.js';
import { AbandonedReservations } from './abandoned-reservations.service.js';
import type { BudgetUnit } from './ai-budget-definition.js';
import { AiBudgetKind } from './ai-budget.kind.js';
import { amountsOf, unsettled, usedBy } from './amounts.js';
import { Budget, type Charge, chargesOf, type Spender } from './budget.js';
import { BudgetAlerts, cameTo } from './budget-alerts.service.js';
import { BudgetSpending } from './budget-spending.service.js';
import { estimateOf } from './estimate.js';
import { type Reached, type Reservation, Reservations } from './reservations.service.js';

/** The budgets of a route. */
export interface RouteBudgets {
  readonly budgets: readonly Budget[];
  readonly teamsOf: TeamsOf;
}

/** A call of a model, before anybody is asked. */
export interface Spending {
  readonly call: Call;
  readonly aiCall: AiCall;
  readonly asked: Asked;
  readonly model: AiModel;
  /** Whether it is made for the sake of another call, which is the request that the caller has made. */
  readonly isExtra?: boolean;
}

/** Holds calls of AI models to their budgets. */
@Injectable()
export class AiBudgets {
  private readonly logger = new Logger('AI');
  private readonly refusals: Count<'budget'>;
  private readonly softLimits: Count<'budget'>;
  private readonly withoutStore: Count<'outcome'>;
  private readonly made = new PerConfiguration(
    (configuration) =>
      new Map(
        [...configuration.of(this.kind)].map(([name, { definition }]) => [name, new Budget(definition)]),
      ),
  );

  constructor(
    private readonly kind: AiBudgetKind,
    private readonly teams: Teams,
    private readonly reservations: Reservations,
    private readonly abandoned: AbandonedReservations,
    private readonly alerts: BudgetAlerts,
    private readonly spending: BudgetSpending,
    metrics: Metrics,
  ) {
    this.refusals = metrics.counter({
      name: 'gatehouse_ai_budget_refusals_total',
      help: 'AI calls that a budget refused',
      labelNames: ['budget'],
    });
    this.softLimits = metrics.counter({
      name: 'gatehouse_ai_budget_soft_limits_total',
      help: 'Times that a soft limit was reached: once in a period of whoever has the budget',
      labelNames: ['budget'],
    });
    this.withoutStore = metrics.counter({
      name: 'gatehouse_ai_budget_without_store_total',
      help: 'While the store was away: AI calls that were refused or not counted, and such as stay charged in full',
      labelNames: ['outcome'],
    });
  }

  /** What is wrong with the budgets that a route names. */
  faults(names: readonly string[], configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.kind);
    return names.flatMap((name, index) => {
      if (known.has(name)) return [];
      return [{ pointer: `/ai/budgets/${index}`, detail: 'names no AI budget: create it first' }];
    });
  }

  /** All of them, by name. */
  all(configuration: Configuration): ReadonlyMap<string, Budget> {
    return this.made.of(configuration);
  }

  /** @param names those that the route names, beside those of all routes */
  of(names: readonly string[], configuration: Configuration): RouteBudgets {
    const all = [...this.made.of(configuration).values()];
    const budgets = all.filter(({ definition: { name, everywhere } }) => everywhere || names.includes(name));
    if (budgets.length > 0) this.abandoned.watch();
    return { budgets, teamsOf: this.teams.of(configuration) };
  }

  /**
   * Reserves what a call may use at most, and sees to it that what it used takes the place of that when it is over.
   * @returns whether it counts money
   * @throws AiProblem 429 where a budget does not allow the call, 503 where that cannot be known
   */
  async reserve({ budgets }: RouteBudgets, spending: Spending): Promise<boolean> {
    if (budgets.length === 0) return false;
    const { call, aiCall, asked, model } = spending;
    const { isCached, teams } = aiCall;
    const counting = budgets.filter(({ definition: { unit } }) => counts(spending, unit));
    const charges = chargesOf(counting, { call, model: model.name, teams });
    if (charges.length === 0) return false;
    const amounts = isCached ? amountsOf({}, 0) : estimateOf(asked, model, aiCall.at);
    const { input_tokens: input, output_tokens: output, usd } = amounts;
    aiCall.most = { usage: { input, output }, cost: usd };
    await this.take({ id: randomUUID(), charges, amounts }, spending);
    return charges.some(({ budget }) => budget.definition.unit === 'usd');
  }

  /**
   * For what nobody can tell the cost of before, as of a batch: it may be begun as long as something is left.
   * @throws AiProblem as `reserve`
   */
  async demandRest({ budgets }: RouteBudgets, spender: Spender): Promise<void> {
    const charges = chargesOf(budgets, spender);
    if (charges.length === 0) return;
    try {
      const rests = await this.spending.look(charges);
      const exhausted = charges.find((_, index) => rests[index]!.left === 0);
      if (exhausted) throw this.refusal(exhausted, Date.now());
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.withoutCounting(charges, error);
    }
  }

  /**
   * Charges what was used already, as by a batch. While the store is away it is not counted.
   * @returns the reservation that its record is to name; undefined where no budget counts it
   */
  async charge(
    { budgets }: RouteBudgets,
    spender: Spender,
    record: AiCallRecord,
    requests: number,
  ): Promise<string | undefined> {
    const charges = chargesOf(budgets, spender);
    if (charges.length === 0) return undefined;
    const amounts = { ...amountsOf(record.usage, record.cost ?? 0), requests };
    const reservation = { id: randomUUID(), charges, amounts, isOwed: true };
    const named = { ...record, reservation: reservation.id };
    try {
      await this.reservations.make(reservation, named);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.withoutStore.inc({ outcome: 'not_counted' });
      return undefined;
    }
    // Whoever hears of it need not wait until a store that is away is back.
    void this.reservations.settle(reservation, amounts, named).then((reached) => this.tellReached(reached));
    return reservation.id;
  }

  private async take(reservation: Reservation, spending: Spending): Promise<void> {
    const { id, charges, amounts } = reservation;
    const { call, aiCall } = spending;
    const settleAtEnd = () => call.atEnd(() => void this.settle(reservation, spending));
    aiCall.reservation = id;
    try {
      const refusing = await this.reservations.make(reservation, unsettled(recordOf(aiCall, call), amounts));
      if (refusing === undefined) return settleAtEnd();
      aiCall.reservation = undefined;
      throw this.refusal(charges[refusing]!, Date.now());
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      // Whether it has arrived all the same is not known: it is settled as if it had.
      if (!(error instanceof StoreFullError)) settleAtEnd();
      this.withoutCounting(charges, error);
    }
  }

  private async settle(reservation: Reservation, { call, aiCall }: Spending): Promise<void> {
    const record = endRecordOf(aiCall, call);
    this.tellReached(await this.reservations.settle(reservation, usedBy(record), record));
  }

  private tellReached(reached: readonly Reached[] | undefined): void {
    if (!reached) this.withoutStore.inc({ outcome: 'charged_in_full' });
    for (const one of reached ?? []) {
      if (cameTo(one, one.charge.budget.definition.soft_limit)) this.tellSoftLimit(one.charge);
      this.alerts.tell(one);
    }
  }

  private refusal({ budget: { definition }, period }: Charge, now: number): AiProblem {
    this.refusals.inc({ budget: definition.name });
    const begins = new Date(period.endsAt).toISOString();
    const detail = `The budget ${definition.name} has less left than this call may use. It begins anew at ${begins}.`;
    const seconds = Math.max(1, Math.ceil((period.endsAt - now) / 1_000));
    // SDKs ask again after a 429, and until then that changes nothing.
    const headers = { 'retry-after': String(seconds), 'x-should-retry': 'false' };
    return new AiProblem(429, detail, 'budget_exceeded', { headers });
  }

  /** @throws AiProblem 503 unless all budgets of the call are open then; a store that callers have filled opens none */
  private withoutCounting(charges: readonly Charge[], error: Error): void {
    const closed = charges.find(({ budget }) => budget.definition.on_store_failure === 'closed');
    const refusing = error instanceof StoreFullError ? charges[0] : closed;
    this.withoutStore.inc({ outcome: refusing ? 'refused' : 'not_counted' });
    if (!refusing) return;
    const detail = `The budget ${refusing.budget.definition.name} cannot be counted at the moment. Try again shortly.`;
    throw new AiProblem(503, detail, 'budget_unavailable', { headers: { 'retry-after': '1' } });
  }

  private tellSoftLimit({ budget: { definition }, subject, period }: Charge): void {
    const { name, soft_limit: soft, limit, unit } = definition;
    this.softLimits.inc({ budget: name });
    this.logger.warn(
      `The AI budget ${name} has come to ${soft! * 100} % of ${limit} ${unit}: ${subject}, ${period.name}`,
    );
  }
}

/** What comes out of the cache uses a request, and nothing else. */
function counts({ aiCall, isExtra }: Spending, unit: BudgetUnit): boolean {
  return unit === 'requests' ? isExtra !== true : !aiCall.isCached;
}

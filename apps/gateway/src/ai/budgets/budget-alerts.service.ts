import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '@gatehouse/observability';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { AlertWebhooks } from './alert-webhooks.service.js';
import type { BudgetAlert } from './ai-budget-definition.js';
import { inUnits } from './amounts.js';
import type { Reached } from './reservations.service.js';

/** Beyond as many on their way, the next are dropped. */
const MAX_UNDER_WAY = 1_000;
/** Milliseconds before an alert is sent again that was not taken. */
const AGAIN_MS = [1_000, 5_000, 30_000, 120_000];

/** Tells webhooks that much of a budget is used: once for each level, holder and period, whichever process comes to it. */
@Injectable()
export class BudgetAlerts implements OnApplicationShutdown {
  private readonly logger = new Logger('AI');
  private readonly sent: Counter<'budget' | 'outcome'>;
  private readonly stopped = new AbortController();
  private underWay = 0;

  constructor(
    private readonly webhooks: AlertWebhooks,
    metrics: Metrics,
  ) {
    this.sent = metrics.counter({
      name: 'gatehouse_ai_budget_alerts_total',
      help: 'Alerts of AI budgets: taken by their webhook, not taken, or dropped as too many were on their way',
      labelNames: ['budget', 'outcome'],
    });
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  tell(reached: Reached): void {
    const { definition } = reached.charge.budget;
    for (const alert of definition.alerts) {
      if (!cameTo(reached, alert.at)) continue;
      if (this.underWay >= MAX_UNDER_WAY) this.sent.inc({ budget: definition.name, outcome: 'dropped' });
      else void this.send(definition.name, alert, contentOf(reached, alert));
    }
  }

  private async send(budget: string, alert: BudgetAlert, content: object): Promise<void> {
    const id = `msg_${randomUUID()}`;
    this.underWay++;
    const outcome = (await this.insist(() => this.webhooks.post(budget, alert, id, content)))
      ? 'sent'
      : 'failed';
    this.underWay--;
    this.sent.inc({ budget, outcome });
    if (outcome === 'sent') return;
    this.logger.warn(`The alert of the AI budget ${budget} is not taken by ${new URL(alert.url).host}`);
  }

  /** @returns whether it succeeded at last */
  private async insist(post: () => Promise<void>): Promise<boolean> {
    const { signal } = this.stopped;
    for (const pause of [0, ...AGAIN_MS]) {
      try {
        if (pause > 0) await sleep(pause, undefined, { ref: false, signal });
        await post();
        return true;
      } catch {
        if (signal.aborted) return false;
      }
    }
    return false;
  }
}

/** Whether a fraction of the limit is among what was come to. */
export function cameTo({ charge: { budget }, before, now }: Reached, part: number | undefined): boolean {
  if (part === undefined) return false;
  const level = budget.level(part);
  return level > before && level <= now;
}

/** As Standard Webhooks has it. */
function contentOf({ charge, used }: Reached, { at }: BudgetAlert): object {
  const { budget, subject: holder, period } = charge;
  const { name, of, unit, limit } = budget.definition;
  return {
    type: 'ai_budget.alert',
    timestamp: new Date().toISOString(),
    data: {
      budget: name,
      of,
      holder,
      unit,
      limit,
      at,
      used: inUnits(used, unit),
      starts_at: new Date(period.startsAt).toISOString(),
      ends_at: new Date(period.endsAt).toISOString(),
    },
  };
}

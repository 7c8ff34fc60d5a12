import { GuardedFetch } from '@gatehouse/guarded-fetch';
import type { FieldFault } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { signWebhook } from '../../wire/sign-webhook.js';
import type { AiBudgetDefinition, BudgetAlert } from './ai-budget-definition.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 65_536;
const TAKEN = [200, 201, 202, 204];

type Alerting = Pick<AiBudgetDefinition, 'name' | 'alerts'>;

/** Where alerts of budgets go, and with which secrets. */
@Injectable()
export class AlertWebhooks implements OnApplicationShutdown {
  private readonly box: SecretBox;
  private readonly fetch: GuardedFetch;

  constructor(@Inject(CONFIG) { secret, allowPrivateAddresses }: Config) {
    this.box = new SecretBox(secret, 'secrets of alerts of AI budgets');
    this.fetch = new GuardedFetch({ allowPrivateAddresses });
  }

  onApplicationShutdown(): Promise<void> {
    return this.fetch.close();
  }

  /** Secrets encrypted, each for its address: whoever changes that must give it anew. */
  seal({ name, alerts }: Alerting, before: Alerting | undefined): BudgetAlert[] {
    return alerts.map(({ at, url, secret }) => {
      const known = before?.alerts.find((one) => one.url === url)?.sealed;
      const sealed = secret === undefined ? known : this.box.seal(secret, contextOf(name, url));
      return { at, url, sealed };
    });
  }

  faults({ name, alerts }: Alerting): FieldFault[] {
    return alerts.flatMap((alert, index) => {
      const fault = this.fetch.urlFault(alert.url);
      if (fault !== undefined) return [{ pointer: `/alerts/${index}/url`, detail: fault }];
      const detail = this.secretFault(name, alert);
      return detail === undefined ? [] : [{ pointer: `/alerts/${index}/secret`, detail }];
    });
  }

  /** @throws GuardedFetchError, or Error where it is not taken */
  async post(budget: string, { url, sealed }: BudgetAlert, id: string, content: object): Promise<void> {
    const body = JSON.stringify(content);
    const secret = this.box.open(sealed!, contextOf(budget, url));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'gatehouse',
      ...signWebhook(secret, id, new Date(), Buffer.from(body)),
    };
    const options = {
      method: 'POST' as const,
      headers,
      body,
      statuses: TAKEN,
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
    };
    await this.fetch.fetch(url, options);
  }

  private secretFault(budget: string, { url, sealed }: BudgetAlert): string | undefined {
    if (sealed === undefined) return 'is missing';
    try {
      this.box.open(sealed, contextOf(budget, url));
      return undefined;
    } catch {
      return 'was encrypted under another GATEHOUSE_SECRET; it must be given anew';
    }
  }
}

function contextOf(budget: string, url: string): string {
  return JSON.stringify([budget, url]);
}

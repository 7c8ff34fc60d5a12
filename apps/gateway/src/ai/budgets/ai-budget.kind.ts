import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { ConsumersKind } from '../../consumers/consumers.kind.js';
import { CredentialsKind } from '../../consumers/credentials.kind.js';
import { TeamKind } from '../../consumers/teams/team.kind.js';
import { AiModelKind } from '../models/ai-model.kind.js';
import { AlertWebhooks } from './alert-webhooks.service.js';
import { type AiBudgetDefinition, aiBudgetDefinition } from './ai-budget-definition.js';

/** `/admin/v1/ai-budgets`: how much may be used of AI models. */
@Injectable()
@Configured('ai-budgets')
export class AiBudgetKind implements ConfigKind<AiBudgetDefinition> {
  readonly singular = 'AI budget';
  readonly schema = aiBudgetDefinition;

  constructor(
    private readonly models: AiModelKind,
    private readonly teams: TeamKind,
    private readonly consumers: ConsumersKind,
    private readonly credentials: CredentialsKind,
    private readonly webhooks: AlertWebhooks,
  ) {}

  shown({ alerts, ...rest }: AiBudgetDefinition): object {
    return { ...rest, alerts: alerts.map(({ at, url }) => ({ at, url })) };
  }

  accept(sent: AiBudgetDefinition, before: AiBudgetDefinition | undefined) {
    return { kept: { ...sent, alerts: this.webhooks.seal(sent, before) } };
  }

  faults(definition: AiBudgetDefinition, configuration: Configuration): FieldFault[] {
    const { only } = definition;
    const missing = (member: keyof typeof only, known: ReadonlyMap<string, unknown>) =>
      (only[member] ?? []).flatMap((name, index) => {
        if (known.has(name)) return [];
        return [{ pointer: `/only/${member}/${index}`, detail: 'names nothing that exists' }];
      });
    return [
      ...this.webhooks.faults(definition),
      ...missing('models', configuration.of(this.models)),
      ...missing('teams', configuration.of(this.teams)),
      ...missing('consumers', configuration.of(this.consumers)),
      ...missing('keys', configuration.of(this.credentials)),
    ];
  }
}

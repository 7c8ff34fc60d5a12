import { faultsOf, type FieldFault } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { type AiGuardrailDefinition, aiGuardrailDefinition } from './ai-guardrail-definition.js';
import { AiGuardrailTypes } from './ai-guardrail-types.service.js';
import { type AiGuardrailType, parseGuardrailSettings } from './ai-guardrail.js';
import { openSettings, sealSettings } from './sealed-settings.js';

/** `/admin/v1/ai-guardrails`: what looks at the texts of AI calls. Secrets of their settings go in, and never out. */
@Injectable()
@Configured('ai-guardrails')
export class AiGuardrailKind implements ConfigKind<AiGuardrailDefinition> {
  readonly singular = 'AI guardrail';
  readonly schema = aiGuardrailDefinition;
  readonly box: SecretBox;

  constructor(
    private readonly types: AiGuardrailTypes,
    @Inject(CONFIG) { secret }: Config,
  ) {
    this.box = new SecretBox(secret, 'secrets of AI guardrails');
  }

  faults(definition: AiGuardrailDefinition, configuration: Configuration): FieldFault[] {
    const type = this.types.find(definition.type);
    if (!type) return [{ pointer: '/type', detail: `must be one of ${this.types.names.join(', ')}` }];
    return [...usageFaults(definition, type), ...this.settingsFaults(definition, type, configuration)];
  }

  shown({ sealed: _, ...rest }: AiGuardrailDefinition): object {
    return rest;
  }

  accept(sent: AiGuardrailDefinition, before: AiGuardrailDefinition | undefined) {
    const secrets = this.types.find(sent.type)?.secrets ?? [];
    return { kept: sealSettings(sent, before, secrets, this.box) };
  }

  private settingsFaults(
    definition: AiGuardrailDefinition,
    type: AiGuardrailType,
    configuration: Configuration,
  ): FieldFault[] {
    let settings: object;
    try {
      settings = openSettings(definition, this.box);
    } catch {
      const detail =
        'has secrets that were encrypted under another GATEHOUSE_SECRET; they must be given anew';
      return [{ pointer: '/settings', detail }];
    }
    const { error, data } = parseGuardrailSettings(type, settings);
    const faults = error ? faultsOf(error) : (type.faults?.(data, configuration) ?? []);
    return faults.map((fault) => ({ ...fault, pointer: `/settings${fault.pointer}` }));
  }
}

function usageFaults({ on, action, reversible }: AiGuardrailDefinition, type: AiGuardrailType): FieldFault[] {
  const { actions = ['block', 'mask', 'flag'], on: places = ['request', 'answer'] } = type;
  const faults: FieldFault[] = [];
  if (!actions.includes(action)) {
    faults.push({ pointer: '/action', detail: `must be ${actions.join(' or ')} for this type` });
  }
  const wanted = on === 'both' ? (['request', 'answer'] as const) : [on];
  if (!wanted.every((place) => places.includes(place))) {
    faults.push({ pointer: '/on', detail: `must be ${places.join(' or ')} for this type` });
  }
  if (reversible && (action !== 'mask' || on === 'answer')) {
    faults.push({ pointer: '/reversible', detail: 'is for requests that are masked' });
  }
  return faults;
}

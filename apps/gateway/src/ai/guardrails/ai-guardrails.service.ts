import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import type { AiGuardrailDefinition } from './ai-guardrail-definition.js';
import { AiGuardrailKind } from './ai-guardrail.kind.js';
import { AiGuardrailTypes } from './ai-guardrail-types.service.js';
import { parseGuardrailSettings } from './ai-guardrail.js';
import type { Rail, Rails } from './guardrails.js';
import { openSettings } from './sealed-settings.js';

/** The guardrails of a configuration, and of its routes. */
@Injectable()
export class AiGuardrails {
  private readonly made = new PerConfiguration(
    (configuration) =>
      new Map(
        [...configuration.of(this.kind)].map(([name, { definition }]) => [
          name,
          this.compile(definition, configuration),
        ]),
      ),
  );

  constructor(
    private readonly kind: AiGuardrailKind,
    private readonly types: AiGuardrailTypes,
  ) {}

  /** What is wrong with the guardrails that a route names. */
  faults(names: readonly string[], configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.kind);
    return names.flatMap((name, index) => {
      if (known.has(name)) return [];
      return [{ pointer: `/ai/guardrails/${index}`, detail: 'names no AI guardrail: create it first' }];
    });
  }

  /** @returns undefined where there are none */
  of(names: readonly string[], configuration: Configuration): Rails | undefined {
    if (names.length === 0) return undefined;
    const made = this.made.of(configuration);
    const rails = names.map((name) => made.get(name)!);
    return {
      request: rails.filter(({ on }) => on !== 'answer'),
      answer: rails.filter(({ on }) => on !== 'request'),
    };
  }

  private compile(definition: AiGuardrailDefinition, configuration: Configuration): Rail {
    const type = this.types.find(definition.type)!;
    const settings = openSettings(definition, this.kind.box);
    const guardrail = type.make(parseGuardrailSettings(type, settings).data, configuration);
    return { ...definition, guardrail };
  }
}

import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { AiPromptKind } from './ai-prompt.kind.js';
import { Prompt } from './prompt.js';

/** The prompts of a configuration, ready to be called. */
@Injectable()
export class AiPrompts {
  private readonly made = new PerConfiguration(
    (configuration) =>
      new Map(
        [...configuration.of(this.kind)].map(([name, { definition }]) => [name, new Prompt(definition)]),
      ),
  );

  constructor(private readonly kind: AiPromptKind) {}

  /** What is wrong with the prompts that a route names. */
  faults(names: readonly string[], configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.kind);
    return names.flatMap((name, index) => {
      if (known.has(name)) return [];
      return [{ pointer: `/ai/prompts/${index}`, detail: 'names no AI prompt: create it first' }];
    });
  }

  /** Those that a route names. */
  of(names: readonly string[], configuration: Configuration): ReadonlyMap<string, Prompt> {
    if (names.length === 0) return new Map();
    const made = this.made.of(configuration);
    return new Map(names.map((name) => [name, made.get(name)!]));
  }
}

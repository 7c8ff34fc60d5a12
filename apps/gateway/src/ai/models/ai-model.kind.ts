import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { AiProviderKind } from '../providers/ai-provider.kind.js';
import { type AiModelDefinition, aiModelDefinition } from './ai-model-definition.js';

/** `/admin/v1/ai-models`: the names by which callers know models, and who answers for them. */
@Injectable()
@Configured('ai-models')
export class AiModelKind implements ConfigKind<AiModelDefinition> {
  readonly singular = 'AI model';
  readonly schema = aiModelDefinition;

  constructor(private readonly providers: AiProviderKind) {}

  faults({ name, targets, cache }: AiModelDefinition, configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.providers);
    const embedding = cache?.semantic?.embedding_model;
    const isKnown = embedding === undefined || embedding === name || configuration.of(this).has(embedding);
    const missing = targets.flatMap(({ provider }, index) => {
      if (known.has(provider)) return [];
      return [{ pointer: `/targets/${index}/provider`, detail: 'names no AI provider: create it first' }];
    });
    if (isKnown) return missing;
    const pointer = '/cache/semantic/embedding_model';
    return [...missing, { pointer, detail: 'names no AI model: create it first' }];
  }
}

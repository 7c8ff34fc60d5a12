import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { WeakCache } from '../../upstreams/weak-cache.js';
import { AiProviders, type Provider } from '../providers/ai-providers.service.js';
import type { AiModelDefinition, TargetDefinition } from './ai-model-definition.js';
import { AiModelKind } from './ai-model.kind.js';
import { type AiTarget, TargetHealth } from './ai-target.js';
import { knownWindow } from './known-window.js';
import { compileCondition } from './target-condition.js';

/** A model that callers may name, ready to be asked. */
export interface AiModel extends Omit<AiModelDefinition, 'targets'> {
  readonly targets: readonly AiTarget[];
}

/** The models of a configuration by name. How a target does outlives changes. */
@Injectable()
export class AiModels {
  private readonly health = new WeakCache<TargetHealth>();
  private readonly made = new PerConfiguration((configuration) => this.compileAll(configuration));

  constructor(
    private readonly kind: AiModelKind,
    private readonly providers: AiProviders,
  ) {}

  of(configuration: Configuration): ReadonlyMap<string, AiModel> {
    return this.made.of(configuration);
  }

  private compileAll(configuration: Configuration): ReadonlyMap<string, AiModel> {
    const providers = this.providers.of(configuration);
    const all = [...configuration.of(this.kind).values()];
    return new Map(
      all.map(({ name, definition }) => {
        const targets = definition.targets.map((target) =>
          this.compile(target, providers.get(target.provider)!),
        );
        return [name, { ...definition, targets }];
      }),
    );
  }

  private compile(
    { model, weight, price, tiers, timeouts, when, ...rest }: TargetDefinition,
    provider: Provider,
  ): AiTarget {
    return {
      provider,
      model,
      weight,
      price,
      tiers,
      timeouts: { ...provider.timeouts, ...timeouts },
      contextWindow: rest.context_window ?? knownWindow(provider.type.pricedAs, model),
      isFor: when && compileCondition(when),
      health: this.health.of(JSON.stringify([provider.name, model]), () => new TargetHealth()),
    };
  }
}

import type { FieldFault } from '@gatehouse/http';
import { hashOf } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import type { ExtraAccounts } from '../budgets/extra-accounts.js';
import { AiModelKind } from '../models/ai-model.kind.js';
import { type AiModel, AiModels } from '../models/ai-models.service.js';
import { AiProviderKind } from '../providers/ai-provider.kind.js';
import type { AiCacheDefinition } from './ai-cache-definition.js';
import { RouteCache } from './route-cache.js';
import { SealedAnswers } from './sealed-answers.service.js';
import { BuiltInEmbedder } from './semantic/built-in-embedder.service.js';
import { ModelEmbedder } from './semantic/model-embedder.js';
import { SemanticCache } from './semantic/semantic-cache.js';

/** Answers of AI models that are kept, and who gets them. */
@Injectable()
export class AiCaches {
  /** Who answers for each model, as the configuration says it: a change there makes other answers. */
  private readonly targets = new PerConfiguration((configuration) => this.targetsOf(configuration));

  constructor(
    private readonly answers: SealedAnswers,
    private readonly builtIn: BuiltInEmbedder,
    private readonly kind: AiModelKind,
    private readonly models: AiModels,
    private readonly providers: AiProviderKind,
  ) {}

  /** What is wrong with what a route says of its cache. */
  faults(
    { cache }: { readonly cache?: AiCacheDefinition | undefined },
    configuration: Configuration,
  ): FieldFault[] {
    const { semantic } = cache ?? {};
    if (!semantic) return [];
    const name = semantic.embedding_model;
    if (name === undefined ? this.builtIn.isThere : configuration.of(this.kind).has(name)) return [];
    const pointer = '/ai/cache/semantic/embedding_model';
    const detail =
      name === undefined
        ? 'is needed: the built-in one was not installed (npm install without --omit=optional)'
        : 'names no AI model: create it first';
    return [{ pointer, detail }];
  }

  /**
   * What the calls of a route find kept.
   * @param definition what the route says; undefined: what each model says
   * @param accounts what goes along with a call for a vector
   */
  of(
    route: string,
    definition: AiCacheDefinition | undefined,
    configuration: Configuration,
    accounts: ExtraAccounts,
  ): RouteCache {
    const targets = this.targets.of(configuration);
    const models = this.models.of(configuration);
    return new RouteCache(this.answers, {
      route,
      definition,
      targetsOf: (model) => targets.get(model) ?? '',
      semanticOf: (rules) => this.semanticOf(rules, models, targets, accounts),
    });
  }

  private semanticOf(
    { semantic }: AiCacheDefinition,
    models: ReadonlyMap<string, AiModel>,
    targets: ReadonlyMap<string, string>,
    accounts: ExtraAccounts,
  ): SemanticCache | undefined {
    if (!semantic) return undefined;
    const { embedding_model: name } = semantic;
    if (name === undefined) return new SemanticCache(this.answers, this.builtIn, semantic);
    const model = models.get(name);
    if (!model) return undefined;
    return new SemanticCache(
      this.answers,
      new ModelEmbedder(model, targets.get(name) ?? '', accounts),
      semantic,
    );
  }

  private targetsOf(configuration: Configuration): ReadonlyMap<string, string> {
    const providers = configuration.of(this.providers);
    return new Map(
      [...configuration.of(this.kind)].map(([name, { definition }]) => {
        const asked = definition.targets.map(({ provider }) => {
          const { type, base_url, settings, headers } = providers.get(provider)!.definition;
          return [type, base_url ?? null, settings, headers];
        });
        return [name, hashOf(JSON.stringify([{ ...definition, cache: undefined }, asked]))];
      }),
    );
  }
}

import { Store, StoreUnavailableError } from '@gatehouse/store';
import { hashOf, SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { Teams } from '../../consumers/teams/teams.service.js';
import { AiModelKind } from '../models/ai-model.kind.js';
import { AiProviderKind } from '../providers/ai-provider.kind.js';
import type { AiCacheDefinition } from './ai-cache-definition.js';
import type { AnswerAbout, AnswerStore, PurgeTarget } from './answer-store.js';
import { LocalAnswers } from './local-answers.js';
import { RouteCache } from './route-cache.js';
import { SharedAnswers } from './shared-answers.js';
import { decodeAnswer, encodeAnswer, type StoredAnswer } from './stored-answer.js';

/** All answers that are kept take no more than this. */
const MAX_LOCAL_BYTES = 67_108_864;
const MAX_SHARED_BYTES = 268_435_456;
const TELL_AGAIN_MS = 60_000;

/** Answers of AI models that are kept, encrypted: in Redis for all replicas, or in this process. */
@Injectable()
export class AiCaches {
  private readonly logger = new Logger('AI');
  private readonly answers: AnswerStore;
  private readonly box: SecretBox;
  private tellAgainAt = 0;
  /** Who answers for each model, as the configuration says it: a change there makes other answers. */
  private readonly targets = new PerConfiguration((configuration) => this.targetsOf(configuration));

  constructor(
    store: Store,
    @Inject(CONFIG) config: Config,
    private readonly models: AiModelKind,
    private readonly providers: AiProviderKind,
    private readonly teams: Teams,
  ) {
    this.box = new SecretBox(config.secret, 'cached answers of AI models');
    this.answers = store.distributed
      ? new SharedAnswers(store, MAX_SHARED_BYTES)
      : new LocalAnswers(MAX_LOCAL_BYTES);
  }

  /** What the calls of a route find kept. @param definition what the route says; undefined: what each model says */
  of(route: string, definition: AiCacheDefinition | undefined, configuration: Configuration): RouteCache {
    const targets = this.targets.of(configuration);
    return new RouteCache(this, {
      route,
      definition,
      teamsOf: this.teams.of(configuration),
      targetsOf: (model) => targets.get(model) ?? '',
    });
  }

  /** Never fails: what cannot be had is not there. */
  async get(key: string): Promise<{ readonly answer?: StoredAnswer; readonly epoch?: string }> {
    try {
      const { text, epoch } = await this.answers.get(key);
      return text === undefined ? { epoch } : { epoch, answer: decodeAnswer(this.box.open(text, key)) };
    } catch (error) {
      this.tell(error as Error);
      return {};
    }
  }

  /** Never fails: what cannot be kept is not. */
  async put(
    key: string,
    answer: StoredAnswer,
    ttl: number,
    about: AnswerAbout,
    epoch: string,
  ): Promise<void> {
    try {
      await this.answers.put(key, this.box.seal(encodeAnswer(answer), key), ttl * 1_000, about, epoch);
    } catch (error) {
      this.tell(error as Error);
    }
  }

  /** @throws StoreUnavailableError */
  purge(target: PurgeTarget): Promise<number> {
    return this.answers.purge(target);
  }

  private targetsOf(configuration: Configuration): ReadonlyMap<string, string> {
    const providers = configuration.of(this.providers);
    return new Map(
      [...configuration.of(this.models)].map(([name, { definition }]) => {
        const targets = definition.targets.map(({ provider, model }) => {
          const { type, base_url, settings, headers } = providers.get(provider)!.definition;
          return [provider, model, type, base_url ?? null, settings, headers];
        });
        return [name, hashOf(JSON.stringify(targets))];
      }),
    );
  }

  private tell(error: Error): void {
    if (!(error instanceof StoreUnavailableError)) this.logger.error(error);
    if (Date.now() < this.tellAgainAt) return;
    this.tellAgainAt = Date.now() + TELL_AGAIN_MS;
    this.logger.warn(`No answers of AI models are cached: ${error.message}`);
  }
}

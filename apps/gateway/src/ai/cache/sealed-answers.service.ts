import { Store, StoreUnavailableError } from '@gatehouse/store';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import type { AnswerAbout, AnswerStore, PurgeTarget } from './answer-store.js';
import { LocalAnswers } from './local-answers.js';
import { SharedAnswers } from './shared-answers.js';

/** All that is kept takes no more than this. */
const MAX_LOCAL_BYTES = 67_108_864;
const MAX_SHARED_BYTES = 268_435_456;
const TELL_AGAIN_MS = 60_000;

/** Under which conditions something is kept. */
export interface Keeping {
  /** Seconds. */
  readonly ttl: number;
  readonly about: AnswerAbout;
  /** As it was when there was nothing. */
  readonly epoch: string;
}

/** What is kept of answers, encrypted: in Redis for all replicas, or in this process. */
@Injectable()
export class SealedAnswers {
  private readonly logger = new Logger('AI');
  private readonly answers: AnswerStore;
  private readonly box: SecretBox;
  private tellAgainAt = 0;

  constructor(store: Store, @Inject(CONFIG) { secret }: Config) {
    this.box = new SecretBox(secret, 'cached answers of AI models');
    this.answers = store.distributed
      ? new SharedAnswers(store, MAX_SHARED_BYTES)
      : new LocalAnswers(MAX_LOCAL_BYTES);
  }

  /** Never fails: what cannot be had is not there, and without an epoch nothing can be kept. */
  async get(key: string): Promise<{ readonly text?: string; readonly epoch?: string }> {
    try {
      const { text, epoch } = await this.answers.get(key);
      return text === undefined ? { epoch } : { epoch, text: this.box.open(text, key) };
    } catch (error) {
      this.tell(error as Error);
      return {};
    }
  }

  /** Never fails: what cannot be kept is not. */
  async put(key: string, text: string, { ttl, about, epoch }: Keeping): Promise<void> {
    try {
      await this.answers.put(key, this.box.seal(text, key), ttl * 1_000, about, epoch);
    } catch (error) {
      this.tell(error as Error);
    }
  }

  /** @throws StoreUnavailableError */
  purge(target: PurgeTarget): Promise<number> {
    return this.answers.purge(target);
  }

  private tell(error: Error): void {
    if (Date.now() < this.tellAgainAt) return;
    this.tellAgainAt = Date.now() + TELL_AGAIN_MS;
    const details = error instanceof StoreUnavailableError ? [] : [error.stack];
    this.logger.warn(`No answers of AI models are cached: ${error.message}`, ...details);
  }
}

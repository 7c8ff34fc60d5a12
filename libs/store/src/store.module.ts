import {
  type DynamicModule,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import { Store } from './store.js';

export interface StoreOptions {
  /** Unset: the in-process store. */
  readonly redisUrl: string | undefined;
  /** What the app's keys start with: `as:` or `gw:`. */
  readonly prefix: string;
  /** Where the in-process store is kept over a restart. */
  readonly file?: string | undefined;
}

const TELL_AGAIN_MS = 60_000;
const TOLD_MAX = 20;

/** Opens the store that the settings name. */
export function openStore(options: StoreOptions): Store {
  const { redisUrl, prefix, file } = options;
  if (redisUrl) {
    return new RedisStore(
      redisUrl,
      prefix,
      tellOnce((fault) => `REDIS_URL: ${fault}; trying again until Redis answers`),
    );
  }
  return new MemoryStore({ onError: tellOnce((fault) => fault), ...(file && { file }) });
}

/** A store that is away fails several times a second: each fault is told when it is new, and then once a minute. */
function tellOnce(words: (fault: string) => string): (error: Error) => void {
  const logger = new Logger('Store');
  const told = new Map<string, number>();
  return ({ message }) => {
    const now = Date.now();
    if (now - (told.get(message) ?? 0) < TELL_AGAIN_MS) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.set(message, now);
    logger.warn(words(message));
  };
}

/** Provides `Store` to the whole app, and closes it last of all. */
@Global()
@Module({})
export class StoreModule implements OnApplicationShutdown {
  constructor(@Inject(Store) private readonly store: Store) {}

  static forRoot(options: StoreOptions): DynamicModule {
    return {
      module: StoreModule,
      providers: [{ provide: Store, useFactory: () => openStore(options) }],
      exports: [Store],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}

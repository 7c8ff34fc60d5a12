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

/** Opens the store that the settings name. */
export function openStore(options: StoreOptions): Store {
  if (!options.redisUrl) return new MemoryStore(options.file ? { file: options.file } : {});
  const logger = new Logger('Store');
  return new RedisStore(options.redisUrl, options.prefix, (error) => logger.warn(`Redis: ${error.message}`));
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

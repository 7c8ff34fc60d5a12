import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { CONFIG, type Config } from '../config.js';
import {
  CheckConfiguration,
  type CheckedConfiguration,
  NO_CONFIGURATION,
} from './check-configuration.service.js';
import {
  type ConfigKind,
  Configured,
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from './config-kind.js';
import { ConfigKinds } from './config-kinds.service.js';
import { ConfigurationStore } from './configuration-store.service.js';

/** The configuration that this process serves by: swapped as a whole, and kept while PostgreSQL is away. */
@Injectable()
export class ConfigurationInForce implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ConfigurationInForce.name);
  private users: readonly ConfigurationUser[] = [];
  private configuration = NO_CONFIGURATION;
  private version: string | undefined;
  private complaints: ReadonlySet<string> = new Set();
  private refreshing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  private away = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly store: ConfigurationStore,
    private readonly kinds: ConfigKinds,
    private readonly checks: CheckConfiguration,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: UsesConfiguration.KEY });
    const kinds = this.discovery.getProviders({ metadataKey: Configured.KEY });
    const instances = [...marked, ...kinds].map(({ instance }) => instance as ConfigKind | ConfigurationUser);
    this.users = [...new Set(instances)].filter((one): one is ConfigurationUser => 'prepare' in one);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.poll(), this.config.configPollMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  get current(): Configuration {
    return this.configuration;
  }

  get loaded(): boolean {
    return this.version !== undefined;
  }

  /** Loads what is stored when its version is another one. Calls queue up, so that none returns before its write is live. */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing.catch(() => undefined).then(() => this.load());
    return this.refreshing;
  }

  /**
   * Lets everybody compile a configuration.
   * @returns what puts it in force
   */
  prepare(next: Configuration): () => void {
    const commits = this.users.map((user) => user.prepare(next));
    return () => {
      for (const commit of commits) commit();
    };
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      await this.refresh();
      if (this.away) this.logger.log('The configuration can be read again');
      this.away = false;
    } catch (error) {
      if (!this.away) this.logger.warn(`The configuration stays as it is: ${(error as Error).message}`);
      this.away = true;
    } finally {
      this.polling = false;
    }
  }

  private async load(): Promise<void> {
    if ((await this.store.version()) === this.version) return;
    const stored = await this.store.read();
    const checked = this.checks.check(stored);
    const commit = this.prepare(checked.configuration);
    commit();
    this.configuration = checked.configuration;
    this.version = stored.version;
    this.complain(checked);
    this.logger.log(`${stored.rows.length} objects are in force (version ${stored.version})`);
  }

  /** Tells what is wrong with what nobody checked (written past the admin API, or by another version), once. */
  private complain({ faulty }: CheckedConfiguration): void {
    const complaints = new Set<string>();
    for (const [{ kind, name }, { faults, replaced }] of faulty) {
      const instead = replaced ? 'it refuses every call' : 'it is left out';
      for (const { pointer, detail } of faults) {
        complaints.add(`The ${this.kinds.get(kind).singular} ${name}: ${pointer} ${detail}; ${instead}`);
      }
    }
    for (const line of complaints) if (!this.complaints.has(line)) this.logger.error(line);
    this.complaints = complaints;
  }
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { StartError } from '@gatehouse/http';
import { DiscoveryService } from '@nestjs/core';
import { CONFIG, type Config } from '../config.js';
import {
  CheckConfiguration,
  type CheckedConfiguration,
  type FaultyObject,
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
import type { StoredConfiguration } from './config-row.js';
import { ConfigurationCache } from './configuration-cache.service.js';
import { ConfigurationSource, InvalidConfigurationError } from './configuration-source.js';

/** The configuration that this process serves by: swapped as a whole, and kept while PostgreSQL is away. */
@Injectable()
export class ConfigurationInForce implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ConfigurationInForce.name);
  private users: readonly ConfigurationUser[] = [];
  private configuration = NO_CONFIGURATION;
  private storedInForce: StoredConfiguration = { version: '', rows: [] };
  private version: string | undefined;
  private refused: string | undefined;
  private complaints: ReadonlySet<string> = new Set();
  private refreshing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  private away = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly source: ConfigurationSource,
    private readonly cache: ConfigurationCache,
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
    await this.begin();
    this.timer = setInterval(() => void this.poll(), this.config.configPollMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.cache.settled();
  }

  get current(): Configuration {
    return this.configuration;
  }

  get loaded(): boolean {
    return this.configuration !== NO_CONFIGURATION;
  }

  /** What is in force, as it is stored. */
  get stored(): StoredConfiguration {
    return this.storedInForce;
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

  /** While PostgreSQL is away, what was in force last will do. A file that cannot be used prevents the start. */
  private async begin(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      const file = this.config.configFile;
      if (file !== undefined) {
        const faults = error instanceof InvalidConfigurationError ? error.faults : [(error as Error).message];
        throw new StartError(
          faults.map((fault) => `GATEHOUSE_GATEWAY_CONFIG_FILE: ${file}: ${fault}`).join('\n'),
        );
      }
      const kept = await this.cache.read();
      if (!kept) throw error;
      this.putInForce(kept);
      this.away = true;
      this.logger.warn(`The configuration is the one of ${kept.savedAt}: ${(error as Error).message}`);
    }
  }

  private async load(): Promise<void> {
    const version = await this.source.version();
    // What was refused is not looked at again: nothing about it has changed.
    if (version === this.version || version === this.refused) return;
    try {
      const stored = await this.source.read();
      this.putInForce(stored);
      this.version = stored.version;
      this.cache.keep(stored);
    } catch (error) {
      if (!(error instanceof InvalidConfigurationError)) throw error;
      this.refused = version;
      for (const fault of error.faults) this.logger.error(`The configuration is refused: ${fault}`);
      if (!this.loaded) throw error;
    }
  }

  /** @throws InvalidConfigurationError, and then nothing changes */
  private putInForce(stored: StoredConfiguration): void {
    const checked = this.checks.check(stored);
    // In a file nothing is faulty by itself; in the database one object must not stop the others.
    if (this.source.readOnly !== undefined && checked.faulty.size > 0) {
      throw new InvalidConfigurationError(this.faultsOf(checked, () => 'nothing of it is used'));
    }
    const commit = this.prepared(checked.configuration);
    commit();
    this.configuration = checked.configuration;
    this.storedInForce = stored;
    this.complain(checked);
    this.logger.log(`${stored.rows.length} objects are in force (version ${stored.version})`);
  }

  private prepared(next: Configuration): () => void {
    try {
      return this.prepare(next);
    } catch (error) {
      throw new InvalidConfigurationError([(error as Error).message]);
    }
  }

  /** Tells what is wrong with what nobody checked (written past the admin API, or by another version), once. */
  private complain(checked: CheckedConfiguration): void {
    const lines = this.faultsOf(checked, ({ replaced }) =>
      replaced ? 'it refuses every call' : 'it is left out',
    );
    for (const line of lines) if (!this.complaints.has(line)) this.logger.error(line);
    this.complaints = new Set(lines);
  }

  private faultsOf({ faulty }: CheckedConfiguration, outcome: (one: FaultyObject) => string): string[] {
    return [...faulty].flatMap(([{ kind, name }, one]) =>
      one.faults.map(
        ({ pointer, detail }) =>
          `the ${this.kinds.get(kind).singular} ${name}: ${pointer} ${detail}; ${outcome(one)}`,
      ),
    );
  }
}

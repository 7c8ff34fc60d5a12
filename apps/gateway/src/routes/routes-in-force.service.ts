import { faultsOf } from '@gatehouse/http';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { RouteGuards } from '../guards/route-guards.service.js';
import { Policies } from '../policies/policies.service.js';
import { type RouteDefinition, routeDefinition } from './route-definition.js';
import { RouteRow } from './route.entity.js';
import { CompileRoute } from './compile-route.service.js';
import { RouteTable } from './route-table.js';

/** The routes that this process serves by: swapped as a whole, and kept while PostgreSQL is away. */
@Injectable()
export class RoutesInForce implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RoutesInForce.name);
  private current = new RouteTable([]);
  private written: readonly RouteDefinition[] = [];
  private version: string | undefined;
  private refreshing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  private away = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly guards: RouteGuards,
    private readonly policies: Policies,
    private readonly compile: CompileRoute,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.poll(), this.config.configPollMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  get table(): RouteTable {
    return this.current;
  }

  /** The same as they were written: another array after each change. */
  get definitions(): readonly RouteDefinition[] {
    return this.written;
  }

  get loaded(): boolean {
    return this.version !== undefined;
  }

  /** Loads the routes when their version has changed. Calls queue up, so that none returns before its write is live. */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing.catch(() => undefined).then(() => this.load());
    return this.refreshing;
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      await this.refresh();
      if (this.away) this.logger.log('The routes can be read again');
      this.away = false;
    } catch (error) {
      if (!this.away) this.logger.warn(`The routes stay as they are: ${(error as Error).message}`);
      this.away = true;
    } finally {
      this.polling = false;
    }
  }

  private async load(): Promise<void> {
    // The version is read first: a write in between is then loaded twice, never missed.
    const [row] = await this.database.query<{ version: string }[]>(
      'SELECT version FROM gateway.config_version',
    );
    if (row!.version === this.version) return;
    const rows = await this.database.getRepository(RouteRow).find({ order: { name: 'ASC' } });
    const definitions = rows.flatMap((one) => this.definitionOf(one) ?? []);
    this.current = new RouteTable(
      definitions.map(({ id, definition }) => this.compile.route(id, definition)),
    );
    this.written = definitions.map(({ definition }) => definition);
    this.version = row!.version;
    this.logger.log(`${rows.length} routes are in force (version ${this.version})`);
  }

  /** A row that nobody checked (written past the admin API, or by another version) must not stop the others. */
  private definitionOf(row: RouteRow): { id: string; definition: RouteDefinition } | undefined {
    const result = routeDefinition.safeParse(row.definition);
    const definition = result.success ? result.data : refusingEverything(row);
    const faults = result.success
      ? [...this.guards.faults(result.data.guards), ...this.policies.faults(result.data.policies)]
      : faultsOf(result.error);
    for (const { pointer, detail } of faults) {
      this.logger.error(`Route ${row.name}: ${pointer} ${detail}; the route refuses every call`);
    }
    if (!definition) this.logger.error(`Route ${row.name} names no path that can be used; it is left out`);
    return definition && { id: row.id, definition };
  }
}

/** Where a faulty route's paths can still be read, they are kept closed: a broader route might be more open. */
function refusingEverything({ name, definition }: RouteRow): RouteDefinition | undefined {
  const match = routeDefinition.shape.match.safeParse((definition as Partial<RouteDefinition> | null)?.match);
  if (!match.success) return undefined;
  return {
    name,
    match: match.data,
    upstream: { url: 'http://refused.invalid' },
    strip_prefix: false,
    guards: [{ type: 'faulty route' }],
    policies: [],
    limits: [],
  };
}

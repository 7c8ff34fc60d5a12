import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { ConfigObjects } from '../configuration/config-objects.service.js';
import { ConfigurationInForce } from '../configuration/configuration-in-force.service.js';
import { type RouteDefinition, routeDefinition } from '../routes/route-definition.js';
import { RouteKind } from '../routes/route-kind.js';

/** The demo's routes, put there once: what an administrator changes or deletes stays so. */
@Injectable()
export class Seed implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly database: DataSource,
    private readonly objects: ConfigObjects,
    private readonly configuration: ConfigurationInForce,
    private readonly routes: RouteKind,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.demo || this.config.configFile !== undefined || !this.database.isInitialized) return;
    const runner = this.database.createQueryRunner();
    await runner.query("SELECT pg_advisory_lock(hashtext('gatehouse gateway seed'))");
    try {
      await this.seed();
    } finally {
      await runner.query("SELECT pg_advisory_unlock(hashtext('gatehouse gateway seed'))");
      await runner.release();
    }
  }

  private async seed(): Promise<void> {
    const [row] = await this.database.query<{ version: string }[]>(
      'SELECT version FROM gateway.config_version',
    );
    if (row!.version === '0') {
      for (const route of demoRoutes(this.config)) await this.objects.create('routes', route);
      return;
    }
    await this.moveUpstreams();
  }

  /** The demo API's address is a setting, so the demo's own routes follow it. */
  private async moveUpstreams(): Promise<void> {
    await this.configuration.refresh();
    const inForce = this.configuration.current.of(this.routes);
    for (const { name, upstream } of demoRoutes(this.config)) {
      const found = inForce.get(name);
      if (!found || found.definition.upstream?.url === upstream?.url) continue;
      await this.objects.patch('routes', found.id, { upstream });
    }
  }
}

function demoRoutes({ gatewayUrl, demoApiUrl }: Config): RouteDefinition[] {
  const upstream = { url: demoApiUrl };
  return [
    routeDefinition.parse({
      name: 'demo',
      match: { paths: ['/demo'] },
      upstream,
      strip_prefix: true,
      guards: [{ type: 'access_token', audience: `${gatewayUrl}/demo`, scopes: ['demo:read'] }],
      limits: [{ by: 'client', limit: 100, window: 60 }],
    }),
    routeDefinition.parse({
      name: 'site',
      match: { paths: ['/site'] },
      upstream,
      guards: [{ type: 'login' }],
    }),
  ];
}

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { type RouteDefinition, routeDefinition } from '../routes/route-definition.js';
import { RouteRow } from '../routes/route.entity.js';
import { RoutesService } from '../routes/routes.service.js';

/** The demo's routes, put there once: what an administrator changes or deletes stays so. */
@Injectable()
export class Seed implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly database: DataSource,
    private readonly routes: RoutesService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.demo) return;
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
      for (const route of demoRoutes(this.config)) await this.routes.create(route);
      return;
    }
    await this.moveUpstreams();
  }

  /** The demo API's address is a setting, so the demo's own routes follow it. */
  private async moveUpstreams(): Promise<void> {
    const rows = await this.database.getRepository(RouteRow).find();
    for (const route of demoRoutes(this.config)) {
      const row = rows.find((one) => one.name === route.name);
      if (!row || row.definition.upstream.url === route.upstream.url) continue;
      await this.routes.replace(row.id, { ...row.definition, upstream: route.upstream });
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

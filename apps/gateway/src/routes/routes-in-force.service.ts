import { Inject, Injectable } from '@nestjs/common';
import { authServerRoutes } from '../auth-server/published-routes.js';
import {
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import { CONFIG, type Config } from '../config.js';
import { CompileRoute } from './compile-route.service.js';
import type { RouteDefinition } from './route-definition.js';
import { RouteKind } from './route-kind.js';
import { RouteTable } from './route-table.js';

/** The routes that this process serves by. */
@Injectable()
@UsesConfiguration()
export class RoutesInForce implements ConfigurationUser {
  private current = new RouteTable([]);
  private written: readonly RouteDefinition[] = [];

  constructor(
    private readonly kind: RouteKind,
    private readonly compile: CompileRoute,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  prepare(next: Configuration): () => void {
    const routes = [...next.of(this.kind).values()];
    const published = authServerRoutes(this.config).map((one) => this.compile.route(one.name, one, next));
    const table = new RouteTable([
      ...routes.map(({ id, definition }) => this.compile.route(id, definition, next)),
      ...published,
    ]);
    const written = routes.map(({ definition }) => definition);
    return () => {
      this.current = table;
      this.written = written;
    };
  }

  get table(): RouteTable {
    return this.current;
  }

  /** The same as they were written: another array after each change. */
  get definitions(): readonly RouteDefinition[] {
    return this.written;
  }
}

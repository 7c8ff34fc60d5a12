import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { ConfigurationInForce } from '../configuration/configuration-in-force.service.js';
import { typedGuards } from '../guards/guard-definition.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import { RouteKind } from '../routes/route-kind.js';

/** The routes that take keys which people make for themselves. */
@Injectable()
export class OwnKeyRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly configuration: ConfigurationInForce,
    private readonly kind: RouteKind,
  ) {}

  /** The AI budgets that they name. */
  budgets(): string[] {
    return [...new Set(this.all().flatMap(({ ai }) => ai?.budgets ?? []))];
  }

  /** Where they are, as far as it is plain to say: not of those that have hosts of their own. */
  addresses(): string[] {
    return this.all()
      .filter(({ match: { hosts } }) => hosts === undefined)
      .flatMap(({ match: { paths } }) => paths.filter((path) => typeof path === 'string'))
      .map((path) => this.config.gatewayUrl + (path === '/' ? '' : path));
  }

  private all(): RouteDefinition[] {
    return [...this.configuration.current.of(this.kind).values()]
      .map(({ definition }) => definition)
      .filter(({ ai, guards }) => ai !== undefined && typedGuards(guards).some(takesOwnKeys));
  }
}

function takesOwnKeys({ type, personal_keys: own }: Readonly<Record<string, unknown>>): boolean {
  return type === 'api_key' && own === true;
}

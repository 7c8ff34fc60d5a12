import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { CONFIG, type Config } from '../config.js';
import { accessTokenSettings } from '../guards/access-token.guard.js';
import { typedGuards } from '../guards/guard-definition.js';
import { AudiencePath, NeededScopes } from '../guards/protected-api.guard.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import { RoutesInForce } from '../routes/routes-in-force.service.js';

/** Members of RFC 9728 §2. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
}

/**
 * The APIs of this gateway as OAuth sees them: each audience that a route's `access_token` guard asks for, and those of
 * controllers with `@ProtectedApi`.
 */
@Injectable()
export class ProtectedResources implements OnModuleInit {
  private own: ReadonlyMap<string, readonly string[]> = new Map();
  private of: readonly RouteDefinition[] | undefined;
  private byAudience: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly routes: RoutesInForce,
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const controllers = this.discovery.getControllers().map((wrapper) => wrapper.metatype);
    this.own = new Map(
      controllers.flatMap((controller) => {
        const path = controller && this.reflector.get(AudiencePath, controller);
        if (!path) return [];
        return [[`${this.config.gatewayUrl}${path}`, this.reflector.get(NeededScopes, controller) ?? []]];
      }),
    );
  }

  find(audience: string): ProtectedResourceMetadata | undefined {
    if (this.of !== this.routes.definitions) {
      this.of = this.routes.definitions;
      this.byAudience = scopesByAudience(this.of);
    }
    const scopes = this.byAudience.get(audience) ?? this.own.get(audience);
    if (!scopes) return undefined;
    return {
      resource: audience,
      authorization_servers: [this.config.issuer],
      scopes_supported: [...scopes].sort(),
      bearer_methods_supported: ['header'],
    };
  }
}

function scopesByAudience(definitions: readonly RouteDefinition[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { type, ...rest } of definitions.flatMap(({ guards }) => typedGuards(guards))) {
    const settings = type === 'access_token' ? accessTokenSettings.safeParse(rest) : undefined;
    if (!settings?.success) continue;
    const { audience, scopes } = settings.data;
    found.set(audience, new Set([...(found.get(audience) ?? []), ...scopes]));
  }
  return found;
}

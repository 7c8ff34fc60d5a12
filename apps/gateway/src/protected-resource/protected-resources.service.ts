import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { CONFIG, type Config } from '../config.js';
import { type AccessTokenSettings, accessTokenSettings } from '../guards/access-token-settings.js';
import { typedGuards } from '../guards/guard-definition.js';
import { AudiencePath, NeededScopes } from '../guards/protected-api.guard.js';
import { Issuers } from '../tokens/issuers.service.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import { type ProtectedResourceMetadata, metadataOf } from './resource-metadata.js';
import { resourceOf } from './resource-metadata-url.js';

/**
 * The APIs of this gateway as OAuth sees them: each audience that a route's `access_token` guard asks for, and those of
 * controllers with `@ProtectedApi`.
 */
@Injectable()
export class ProtectedResources implements OnModuleInit {
  private own: ReadonlyMap<string, readonly AccessTokenSettings[]> = new Map();
  private of: readonly RouteDefinition[] | undefined;
  private ofRoutes: ReadonlyMap<string, readonly AccessTokenSettings[]> = new Map();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly routes: RoutesInForce,
    private readonly issuers: Issuers,
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const controllers = this.discovery.getControllers().map((wrapper) => wrapper.metatype);
    this.own = new Map(
      controllers.flatMap((controller) => {
        const path = controller && this.reflector.get(AudiencePath, controller);
        if (!path) return [];
        const audience = `${this.config.gatewayUrl}${path}`;
        const scopes = this.reflector.get(NeededScopes, controller) ?? [];
        return [[audience, [accessTokenSettings.parse({ audience, scopes })]]];
      }),
    );
  }

  /** @param resource the identifier of an API under the gateway's address */
  find(resource: string): ProtectedResourceMetadata | undefined {
    if (this.of !== this.routes.definitions) {
      this.of = this.routes.definitions;
      const scopes = new Map(this.routes.table.routes.map((route) => [route.name, route.scopes ?? []]));
      this.ofRoutes = guardsByResource(this.of, scopes, this.config.gatewayUrl);
    }
    const guards = this.ofRoutes.get(resource) ?? this.own.get(resource);
    return guards && metadataOf(resource, guards, (name) => this.issuers.named(name)?.rules.url);
  }
}

/**
 * What all `access_token` guards ask for, by the API that they guard.
 * @param more scopes that some calls of a route need besides, by its name
 */
function guardsByResource(
  definitions: readonly RouteDefinition[],
  more: ReadonlyMap<string, readonly string[]>,
  gatewayUrl: string,
): Map<string, AccessTokenSettings[]> {
  const found = new Map<string, AccessTokenSettings[]>();
  for (const { name, guards } of definitions) {
    for (const { type, ...rest } of typedGuards(guards)) {
      const settings = type === 'access_token' ? accessTokenSettings.safeParse(rest).data : undefined;
      const resource = settings && resourceOf(gatewayUrl, settings.audience);
      if (resource === undefined) continue;
      const scopes = [...settings!.scopes, ...(more.get(name) ?? [])];
      found.set(resource, [...(found.get(resource) ?? []), { ...settings!, scopes }]);
    }
  }
  return found;
}

import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, type Configuration, Configured } from '../configuration/config-kind.js';
import { A2aRoutes } from '../a2a/a2a-routes.service.js';
import { AiRoutes } from '../ai/ai-routes.service.js';
import { ApiKind } from '../apis/api.kind.js';
import { RouteGuards } from '../guards/route-guards.service.js';
import { McpRoutes } from '../mcp/mcp-routes.service.js';
import { Policies } from '../policies/policies.service.js';
import type { RouteUpstream } from '../upstreams/upstream-definition.js';
import { UpstreamKind } from '../upstreams/upstream-kind.js';
import { type RouteDefinition, routeDefinition } from './route-definition.js';

/** Routes as a kind of configuration object. */
@Injectable()
@Configured('routes')
export class RouteKind implements ConfigKind<RouteDefinition> {
  readonly singular = 'route';
  readonly schema = routeDefinition;

  constructor(
    private readonly guards: RouteGuards,
    private readonly policies: Policies,
    private readonly upstreams: UpstreamKind,
    private readonly apis: ApiKind,
    private readonly ai: AiRoutes,
    private readonly mcp: McpRoutes,
    private readonly a2a: A2aRoutes,
  ) {}

  faults(route: RouteDefinition, configuration: Configuration): FieldFault[] {
    const api = this.apis.find(route.api, configuration);
    const place = { route: route.name, api: route.api, document: api?.document ?? undefined };
    return [
      ...(route.api !== undefined && !api ? [{ pointer: '/api', detail: 'is no API' }] : []),
      ...this.guards.faults(route.guards, configuration),
      ...this.policies.faults(route.policies, '/policies', place),
      ...(route.ai ? this.ai.faults(route.ai, configuration) : []),
      ...(route.mcp ? this.mcp.faults(route.mcp, configuration) : []),
      ...(route.a2a ? this.a2a.faults(route.a2a, configuration) : []),
      ...upstreamsOf(route).flatMap(([pointer, one]) =>
        this.upstreams.faultsOfRoute(pointer, one, configuration),
      ),
    ];
  }

  /** Where a faulty route's paths can still be read, they are kept closed: a broader route might be more open. */
  standIn(name: string, faulty: unknown): RouteDefinition | undefined {
    const match = routeDefinition.shape.match.safeParse((faulty as Partial<RouteDefinition> | null)?.match);
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
}

/** Every upstream that a route speaks of, and where. */
function upstreamsOf({ upstream, split, maintenance, mirror }: RouteDefinition): [string, RouteUpstream][] {
  const all: [string, RouteUpstream | undefined][] = [
    ['/upstream', upstream],
    ...(split?.parts ?? []).map((one, i): [string, RouteUpstream] => [
      `/split/parts/${i}/upstream`,
      one.upstream,
    ]),
    ['/maintenance/upstream', maintenance?.upstream],
    ['/mirror/upstream', mirror?.upstream],
  ];
  return all.filter((one): one is [string, RouteUpstream] => one[1] !== undefined);
}

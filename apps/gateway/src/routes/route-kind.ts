import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, Configured } from '../configuration/config-kind.js';
import { RouteGuards } from '../guards/route-guards.service.js';
import { Policies } from '../policies/policies.service.js';
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
  ) {}

  faults({ guards, policies }: RouteDefinition): FieldFault[] {
    return [...this.guards.faults(guards), ...this.policies.faults(policies)];
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

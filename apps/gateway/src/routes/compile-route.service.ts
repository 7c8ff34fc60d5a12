import { Injectable } from '@nestjs/common';
import type { Configuration } from '../configuration/config-kind.js';
import { RouteGuards } from '../guards/route-guards.service.js';
import { Policies } from '../policies/policies.service.js';
import { CallLimits } from '../throttling/call-limits.service.js';
import { Plans } from '../throttling/plans.service.js';
import { compileLimits } from '../throttling/route-limits.js';
import { Upstreams } from '../upstreams/upstreams.service.js';
import type { Call } from '../calls/call.js';
import type { RouteDefinition } from './route-definition.js';
import type { Route } from './route-table.js';

/** Makes routes ready to serve. */
@Injectable()
export class CompileRoute {
  constructor(
    private readonly guards: RouteGuards,
    private readonly policies: Policies,
    private readonly upstreams: Upstreams,
    private readonly limits: CallLimits,
    private readonly plans: Plans,
  ) {}

  route(id: string, definition: RouteDefinition, _configuration: Configuration): Route {
    const { name, match, strip_prefix: stripPrefix } = definition;
    const guarded = definition.guards.length > 0;
    const destination = { upstream: this.upstreams.of(definition.upstream), part: undefined };
    return {
      id,
      name,
      match,
      stripPrefix,
      choose: () => destination,
      forwardedPath: stripPrefix ? withoutPrefix : ({ path }) => path,
      authenticate: this.guards.compileAll(definition.guards),
      consumed: this.guards.consumedBy(definition.guards),
      charge: compileLimits(definition.limits, { id, name, guarded }, this.limits, this.plans),
      chain: this.policies.compile(definition.policies, { route: name, api: undefined }),
    };
  }
}

function withoutPrefix({ path, prefix }: Call): string {
  if (prefix === '/') return path;
  const rest = path.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

import type { Call } from '../calls/call.js';
import type { RouteGuards } from '../guards/route-guards.service.js';
import type { RouteDefinition } from './route-definition.js';
import type { Route } from './route-table.js';

/** What routes name, and somebody else knows. */
export interface RouteParts {
  readonly guards: RouteGuards;
}

/** Works out everything about a route that does not depend on the call. */
export function compileRoute(id: string, definition: RouteDefinition, { guards }: RouteParts): Route {
  const { name, match, upstream, strip_prefix: stripPrefix } = definition;
  const url = new URL(upstream.url);
  return {
    id,
    name,
    hosts: match.hosts,
    paths: match.paths,
    methods: match.methods && new Set(match.methods),
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    stripPrefix,
    forwardedPath: stripPrefix ? withoutPrefix : ({ path }) => path,
    guards: definition.guards.map((one) => guards.compile(one)),
    // All counters of a route share a slot of a Redis Cluster, so that one script reaches them.
    limits: definition.limits.map((one) => ({
      ...one,
      name: `${name}-${one.by}-${one.window}`,
      keyPrefix: `limit:{${id}}:${one.by}:${one.window}:`,
    })),
  };
}

function withoutPrefix({ path, prefix }: Call): string {
  if (prefix === '/') return path;
  const rest = path.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

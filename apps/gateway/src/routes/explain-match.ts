import type { RouteMatchDefinition } from './match-definition.js';
import type { MatchedRequest } from './matched-request.js';
import type { Contender } from './precedence.js';
import { candidatesOf, type Route, RouteTable } from './route-table.js';

/** Something that a route asks for and a request does not have. */
export interface Unmet {
  readonly what: 'host' | 'path' | 'method' | 'header' | 'query' | 'cookie';
  /** For people: `header x-version is "2"`. */
  readonly asked: string;
}

/** A route by each of its hosts and paths. */
export function contendersOf(route: Route): Contender[] {
  const candidates = candidatesOf(route);
  return (route.match.hosts ?? [undefined]).flatMap((host) =>
    candidates.map((candidate) => ({ candidate, host })),
  );
}

/** What a request lacks for a route. Hosts and paths are asked of a table with that route alone, as the proxy asks its own. */
export function unmet({ candidate, host }: Contender, request: MatchedRequest): Unmet[] {
  const { written, pattern, methods, conditions, match } = candidate;
  const found: Unmet[] = [];
  if (
    host !== undefined &&
    !takes(match.route, { hosts: [host], paths: ['/'] }, { ...seen(request), path: '/' })
  ) {
    found.push({ what: 'host', asked: `host ${host}` });
  }
  if (!takes(match.route, { paths: [written] }, seen(request))) {
    found.push({ what: 'path', asked: `${pattern.kind} ${pattern.text}` });
  }
  if (methods && !methods.has(request.method)) {
    found.push({ what: 'method', asked: `method ${[...methods].join(' or ')}` });
  }
  for (const condition of conditions) {
    if (!condition.holds(request)) found.push({ what: condition.place, asked: condition.text });
  }
  return found;
}

function takes(route: Route, match: RouteMatchDefinition, request: MatchedRequest): boolean {
  return new RouteTable([{ ...route, match }]).match(request) !== undefined;
}

function seen({ method, hostname, path, query, headers }: MatchedRequest): MatchedRequest {
  return { method, hostname, path, query, headers };
}

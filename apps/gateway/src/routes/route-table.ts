import type { Problem } from '@gatehouse/http';
import type { Answer, OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Authenticate, ConsumedByGuards } from '../guards/route-guards.service.js';
import type { PolicyChain } from '../policies/policy-chain.js';
import type { Charge } from '../throttling/route-limits.js';
import type { Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import type { Candidate } from './candidates.js';
import { compileConditions } from './condition.js';
import type { RouteMatchDefinition } from './match-definition.js';
import { type MatchedRequest, NO_PARAMETERS, type PathParameters } from './matched-request.js';
import { isOwnPath } from './own-path.js';
import { compilePath } from './path-pattern.js';
import { PathTree } from './path-tree.js';

export type { MatchedRequest } from './matched-request.js';

/** Where one call goes. */
export interface Destination {
  readonly upstream: Upstream;
  /** The part of a split that took the call, for the log and the metrics; undefined where nothing is split. */
  readonly part: string | undefined;
}

/** A route ready to serve: everything that can be worked out once has been. What is undefined is not asked. */
export interface Route {
  readonly id: string;
  readonly name: string;
  /** The name of the API that it belongs to. */
  readonly api?: string | undefined;
  /** As it was written. */
  readonly match: RouteMatchDefinition;
  readonly stripPrefix: boolean;
  /** Chooses the upstream, once for each call, when the caller is known. A route without it has `answer`. */
  readonly choose?: (call: Call) => Destination;
  /** What the gateway answers in place of an upstream. May throw a `Problem`. */
  readonly answer?: (call: Call) => Answer;
  /** What callers are told of a problem, where problem details are not what they understand. */
  readonly problem?: (call: Call, problem: Problem) => Answer;
  /** The path that the upstream gets, below its base path: stripped or rewritten, normalised. May throw a `Problem`. */
  readonly forwardedPath: (call: Call) => string;
  /** The Host header for the upstream; undefined: the upstream's own. */
  readonly forwardedHost?: (call: Call) => string | undefined;
  /** Copies the request, when it is ready to be sent; what it returns is sent as the body instead. Never throws. */
  readonly mirror?: (
    call: Call,
    request: OutgoingRequest,
    body: UpstreamRequest['body'],
  ) => UpstreamRequest['body'];
  /** Who calls; undefined: everybody may. @throws Problem, RedirectAnswer */
  readonly authenticate: Authenticate | undefined;
  /** Scopes that some of its calls need, besides those that its guards ask for. */
  readonly scopes?: readonly string[];
  /** What of the request was for the guards. */
  readonly consumed: ConsumedByGuards;
  readonly charge: Charge | undefined;
  readonly chain: PolicyChain;
}

export interface RouteMatch {
  readonly route: Route;
  /** The part of the path that `strip_prefix` leaves out: whole segments at its beginning. */
  readonly prefix: string;
  /** What a template or a regular expression caught of the path. */
  readonly parameters: PathParameters;
}

/** Longer names are none (RFC 1035 §2.3.4): the labels of one are looked up one by one. */
const MAX_HOSTNAME = 253;

/**
 * An immutable table of routes. Which of those that suit a request takes it is told in docs/gateway/routes.md: the greatest
 * priority, then the most specific host, then the path that begins with more plain segments and says more, then the most
 * conditions, then the name.
 */
export class RouteTable {
  private readonly hosts = new Map<string, PathTree>();
  /** `*.example.com` by `example.com`. */
  private readonly wildcards = new Map<string, PathTree>();
  private readonly anyHost = new PathTree();

  constructor(readonly routes: readonly Route[]) {
    for (const route of [...routes].sort(byPreference)) {
      const candidates = candidatesOf(route);
      for (const host of route.match.hosts ?? [undefined]) {
        const tree = this.treeOf(host);
        for (const candidate of candidates) tree.add(candidate);
      }
    }
  }

  /**
   * The route that takes a request. The gateway's own paths have none, whatever a route's path describes.
   * @param path where it is to be another one than the request's
   */
  match(request: MatchedRequest, path = request.path): RouteMatch | undefined {
    if (isOwnPath(path)) return undefined;
    const found = this.find(request, path);
    if (!found) return undefined;
    const { match, pattern } = found;
    return pattern.capture ? { ...match, parameters: pattern.capture(path) } : match;
  }

  private find(request: MatchedRequest, path: string): Candidate | undefined {
    const { hostname } = request;
    let found = this.hosts.get(hostname)?.find(request, path, 1, undefined);
    if (this.wildcards.size > 0 && hostname.length <= MAX_HOSTNAME) {
      for (let dot = hostname.indexOf('.'); dot >= 0; dot = hostname.indexOf('.', dot + 1)) {
        const tree = this.wildcards.get(hostname.slice(dot + 1));
        if (tree) found = tree.find(request, path, 1, found);
      }
    }
    return this.anyHost.find(request, path, 1, found);
  }

  private treeOf(host: string | undefined): PathTree {
    if (host === undefined) return this.anyHost;
    const trees = host.startsWith('*.') ? this.wildcards : this.hosts;
    const name = host.startsWith('*.') ? host.slice(2) : host;
    const tree = trees.get(name) ?? new PathTree();
    trees.set(name, tree);
    return tree;
  }
}

/** Which of two routes goes first where host and path say equally much. */
function byPreference(one: Route, other: Route): number {
  return (
    priorityOf(other) - priorityOf(one) ||
    countConditions(other.match) - countConditions(one.match) ||
    (one.name < other.name ? -1 : 1)
  );
}

/** How many things besides host and path a route asks for; its methods are one. */
function countConditions({ methods, headers, query, cookies }: RouteMatchDefinition): number {
  return (methods ? 1 : 0) + (headers?.length ?? 0) + (query?.length ?? 0) + (cookies?.length ?? 0);
}

function priorityOf(route: Route): number {
  return route.match.priority ?? 0;
}

/** A route by each of its paths. */
export function candidatesOf(route: Route): Candidate[] {
  const { methods, paths } = route.match;
  const shared = {
    priority: priorityOf(route),
    asked: countConditions(route.match),
    methods: methods && new Set(methods),
    conditions: compileConditions(route.match),
  };
  return paths.map((path) => {
    const pattern = compilePath(path);
    return {
      ...shared,
      written: path,
      pattern,
      match: { route, prefix: pattern.prefix, parameters: NO_PARAMETERS },
    };
  });
}

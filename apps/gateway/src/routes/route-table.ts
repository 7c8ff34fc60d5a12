import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Authenticate, ConsumedByGuards } from '../guards/route-guards.service.js';
import type { PolicyChain } from '../policies/policy-chain.js';
import type { Charge } from '../throttling/route-limits.js';
import type { Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import { isOwnPath } from './own-path.js';

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
  readonly hosts: readonly string[] | undefined;
  readonly paths: readonly string[];
  readonly methods: ReadonlySet<string> | undefined;
  readonly stripPrefix: boolean;
  /** Chooses the upstream, once for each call, when the caller is known. A route without it has `answer`. */
  readonly choose?: (call: Call) => Destination;
  /** What the gateway answers in place of an upstream. May throw a `Problem`. */
  readonly answer?: (call: Call) => Answer;
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
  /** What of the request was for the guards. */
  readonly consumed: ConsumedByGuards;
  readonly charge: Charge | undefined;
  readonly chain: PolicyChain;
}

/** What a match looks at; a `Call` has it all. */
export interface MatchedRequest {
  readonly method: string;
  /** Without port, in lower case, without the root's dot. */
  readonly hostname: string;
  /** In the one form that is matched and forwarded. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

export interface RouteMatch {
  readonly route: Route;
  /** The part of the path that `strip_prefix` leaves out: whole segments at its beginning. */
  readonly prefix: string;
  /** What a template or a regular expression caught of the path. */
  readonly parameters: Readonly<Record<string, string>>;
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

interface Node {
  readonly children: Map<string, Node>;
  readonly matches: RouteMatch[];
}

/**
 * An immutable table of routes: a tree of path segments for each host, so that the cost of a match follows from the
 * depth of the path, not from the number of routes.
 */
export class RouteTable {
  private readonly hosts = new Map<string, Node>();
  private readonly anyHost: Node = newNode();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      for (const host of route.hosts ?? [undefined]) {
        for (const prefix of route.paths) this.add(host, { route, prefix, parameters: NONE });
      }
    }
  }

  /**
   * The route for a request: one for its host before one for any, then the longest path. The gateway's own paths have none.
   * @param path where it is to be another one than the request's
   */
  match(request: MatchedRequest, path = request.path): RouteMatch | undefined {
    const { hostname, method } = request;
    if (isOwnPath(path)) return undefined;
    const own = this.hosts.size > 0 ? this.hosts.get(hostname) : undefined;
    return (own && find(own, path, method)) ?? find(this.anyHost, path, method);
  }

  private add(host: string | undefined, match: RouteMatch): void {
    let node = host === undefined ? this.anyHost : childOf(this.hosts, host);
    for (const segment of match.prefix.split('/').filter(Boolean)) node = childOf(node.children, segment);
    node.matches.push(match);
  }
}

function newNode(): Node {
  return { children: new Map(), matches: [] };
}

function childOf(children: Map<string, Node>, name: string): Node {
  const existing = children.get(name);
  if (existing) return existing;
  const created = newNode();
  children.set(name, created);
  return created;
}

function find(root: Node, path: string, method: string): RouteMatch | undefined {
  let best = allowed(root, method);
  let node: Node | undefined = root;
  for (let start = 1; start < path.length;) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    node = node.children.get(path.slice(start, end));
    if (!node) break;
    best = allowed(node, method) ?? best;
    start = end + 1;
  }
  return best;
}

function allowed(node: Node, method: string): RouteMatch | undefined {
  for (const match of node.matches) {
    if (match.route.methods === undefined || match.route.methods.has(method)) return match;
  }
  return undefined;
}

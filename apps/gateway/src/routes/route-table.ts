import type { CompiledGuard } from '../guards/route-guards.service.js';
import type { RouteLimit } from '../throttling/limit-definition.js';

/** A route ready to serve: everything that can be worked out once has been. */
export interface Route {
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly string[] | undefined;
  readonly paths: readonly string[];
  readonly methods: ReadonlySet<string> | undefined;
  readonly origin: string;
  /** The path of the upstream's URL, without a slash at its end. */
  readonly basePath: string;
  readonly stripPrefix: boolean;
  readonly guards: readonly CompiledGuard[];
  readonly limits: readonly (RouteLimit & { readonly name: string; readonly keyPrefix: string })[];
}

export interface RouteMatch {
  readonly route: Route;
  /** The prefix that matched. */
  readonly prefix: string;
}

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
        for (const prefix of route.paths) this.add(host, { route, prefix });
      }
    }
  }

  /** The route for a request: one for its host before one for any, then the longest path. */
  match(host: string, path: string, method: string): RouteMatch | undefined {
    const own = this.hosts.size > 0 ? this.hosts.get(host) : undefined;
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

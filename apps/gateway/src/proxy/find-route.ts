import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { isPreflight } from '../calls/preflight.js';
import type { RouteMatch, RouteTable } from '../routes/route-table.js';
import { readRequestPath, withoutParameters } from './request-path.js';

/** Node drops what comes after 2,000 headers without a word; long before that it is no honest request. */
export const MAX_HEADERS = 200;

/** A name or an address, with or without a port; empty where HTTP/1.0 sends none. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::\d*)?$/;

/** Node parses each spelling of a host once, and so do we: a gateway has few. */
const goodHosts = new Set<string>();
const REMEMBERED = 1_000;

/** What of a call its route is found by, and what is then known of it. */
export type RoutedCall = Pick<
  Call,
  'method' | 'url' | 'host' | 'hostname' | 'headers' | 'path' | 'query' | 'route' | 'prefix' | 'parameters'
> & { readonly raw: Pick<Call['raw'], 'rawHeaders'> };

/**
 * Finds the call's route, and says in the call what it matched.
 * @throws Problem when there is none, or the request is not one that two servers read alike
 */
export function findRoute(call: RoutedCall, table: RouteTable): void {
  const { method } = call;
  // Methods that end at a proxy: a tunnel, and an echo of what it received (RFC 9110 §9.3.6, §9.3.8).
  if (method === 'TRACE' || method === 'CONNECT') throw new Problem(405, `${method} is not forwarded.`);
  if (call.raw.rawHeaders.length > 2 * MAX_HEADERS) {
    throw new Problem(431, `The request has more than ${MAX_HEADERS} headers.`);
  }
  const target = readRequestPath(call.url);
  if (!target) throw new Problem(400, 'The path is ambiguous: no dot or empty segments, no encoded slashes.');
  if (!isGoodHost(call.host)) throw new Problem(400, 'The Host header is no host (RFC 9112 §3.2).');
  call.path = target.path;
  call.query = target.query;
  const match = matchOf(call, table);
  if (/;|%3B/.test(target.path)) demandSameWithoutParameters(call, match, table);
  if (!match) throw new Problem(404, 'No route is at this address.');
  call.route = match.route;
  call.prefix = match.prefix;
  call.parameters = match.parameters;
}

/** A preflight takes the route of the call that it asks for, where that answers preflights. */
function matchOf(call: RoutedCall, table: RouteTable, path = call.path): RouteMatch | undefined {
  if (isPreflight(call)) {
    const { hostname, query, headers } = call;
    const method = headers['access-control-request-method']!;
    const match = table.match({ method, hostname, path, query, headers }, path);
    if (match?.route.chain.preflights) return match;
  }
  return table.match(call, path);
}

function demandSameWithoutParameters(
  call: RoutedCall,
  match: RouteMatch | undefined,
  table: RouteTable,
): void {
  const other = matchOf(call, table, withoutParameters(call.path));
  if (other?.route === match?.route) return;
  throw new Problem(400, 'The path is ambiguous: with and without its parameters it has different routes.');
}

function isGoodHost(host: string): boolean {
  if (goodHosts.has(host)) return true;
  if (!HOST.test(host)) return false;
  if (goodHosts.size < REMEMBERED) goodHosts.add(host);
  return true;
}

import { Problem } from '@gatehouse/http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { MatchedRequest } from '../routes/route-table.js';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import type { ProxiedRequest } from './proxied-request.js';
import { readRequestPath, type RequestPath, withoutParameters } from './request-path.js';

/** Methods that end at a proxy: a tunnel, and an echo of what it received (RFC 9110 §9.3.6, §9.3.8). */
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE']);

/** Node drops what comes after 2,000 headers without a word; long before that it is no honest request. */
const MAX_HEADERS = 200;

/** A name or an address, with or without a port; empty where HTTP/1.0 sends none. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::\d*)?$/;

/** Finds the request's route. */
@Injectable()
export class RouteMatchGuard implements CanActivate {
  constructor(private readonly routes: RoutesInForce) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ProxiedRequest>();
    if (REFUSED_METHODS.has(request.method)) throw new Problem(405, `${request.method} is not forwarded.`);
    if (request.raw.rawHeaders.length > 2 * MAX_HEADERS)
      throw new Problem(431, `The request has more than ${MAX_HEADERS} headers.`);
    const target = readRequestPath(request.raw.url!);
    if (!target)
      throw new Problem(400, 'The path is ambiguous: no dot or empty segments, no encoded slashes.');
    if (!HOST.test(request.host)) throw new Problem(400, 'The Host header is no host (RFC 9112 §3.2).');
    const { table } = this.routes;
    const matched = matchedRequest(request, target);
    const match = table.match(matched);
    if (
      /;|%3B/.test(target.path) &&
      table.match(matched, withoutParameters(target.path))?.route !== match?.route
    )
      throw new Problem(
        400,
        'The path is ambiguous: with and without its parameters it has different routes.',
      );
    if (!match) throw new Problem(404, 'No route is at this address.');
    const { route, prefix } = match;
    request.passage = { ...target, route, prefix, caller: {} };
    return true;
  }
}

function matchedRequest(request: ProxiedRequest, target: RequestPath): MatchedRequest {
  const { method, headers } = request;
  return { ...target, method, headers, hostname: hostOf(request) };
}

/** The host, as routes write it: without the port, in lower case, without the root's dot (RFC 3986 §3.2.2). */
function hostOf(request: ProxiedRequest): string {
  const host = request.hostname?.toLowerCase() ?? '';
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

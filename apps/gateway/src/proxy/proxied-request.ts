import type { FastifyRequest } from 'fastify';
import type { Caller } from '../guards/route-guard.js';
import type { Route } from '../routes/route-table.js';
import type { RequestPath } from './request-path.js';

/** What the guards of a proxied request have found out so far. */
export interface Passage extends RequestPath {
  readonly route: Route;
  /** The prefix by which the route matched. */
  readonly prefix: string;
  caller: Caller;
}

/** A request on its way through the gateway. */
export interface ProxiedRequest extends FastifyRequest {
  passage: Passage;
}

/** What a request is measured under: its route's name, or the pattern of the gateway's own endpoint. */
export function routeOf(request: FastifyRequest): string | undefined {
  return (request as Partial<ProxiedRequest>).passage?.route.name ?? request.routeOptions.url;
}

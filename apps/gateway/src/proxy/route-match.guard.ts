import { Problem } from '@gatehouse/http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RoutesInForce } from '../routes/routes-in-force.service.js';
import type { ProxiedRequest } from './proxied-request.js';
import { readRequestPath } from './request-path.js';

/** Finds the request's route. */
@Injectable()
export class RouteMatchGuard implements CanActivate {
  constructor(private readonly routes: RoutesInForce) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ProxiedRequest>();
    const target = readRequestPath(request.raw.url!);
    if (!target)
      throw new Problem(400, 'The path is ambiguous: no dot or empty segments, no encoded slashes.');
    const match = this.routes.table.match(request.hostname.toLowerCase(), target.path, request.method);
    if (!match) throw new Problem(404, 'No route is at this address.');
    const { route, prefix } = match;
    request.passage = { ...target, route, prefix, caller: {} };
    return true;
  }
}

import { type Limit, LimitsGuard } from '@gatehouse/throttling';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import type { ProxiedRequest } from '../proxy/proxied-request.js';
import type { RouteLimit } from './limit-definition.js';

/** @nestjs/throttler with the limits of the request's route. */
@Injectable()
export class RouteLimitsGuard extends LimitsGuard {
  protected override async limitsOf(context: ExecutionContext): Promise<Limit[]> {
    const request = context.switchToHttp().getRequest<ProxiedRequest>();
    return request.passage.route.limits.map(({ name, keyPrefix, by, limit, window }) => ({
      name,
      key: keyPrefix + subjectOf(by, request),
      limit,
      windowMs: window * 1000,
    }));
  }
}

/** Who a request is counted for; where nobody is known by name, the address stands in. */
function subjectOf(by: RouteLimit['by'], request: ProxiedRequest): string {
  if (by === 'route') return 'all';
  const { clientId, subject } = request.passage.caller;
  if (by === 'client' && clientId !== undefined) return `client:${clientId}`;
  if (by === 'user' && subject !== undefined) return `user:${subject}`;
  return `address:${normalizeIp(request.ip, 64)}`;
}

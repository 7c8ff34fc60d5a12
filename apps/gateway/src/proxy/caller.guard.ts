import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Caller } from '../guards/route-guard.js';
import type { ProxiedRequest } from './proxied-request.js';

/** Asks each guard of the route; all must agree. */
@Injectable()
export class CallerGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ProxiedRequest>();
    let caller: Caller | undefined;
    for (const guard of request.passage.route.guards) {
      const found = await guard(request, caller ?? {});
      caller = caller ? { ...caller, ...found } : found;
    }
    if (caller) request.passage.caller = caller;
    return true;
  }
}

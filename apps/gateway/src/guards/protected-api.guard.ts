import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { AccessTokenGuard } from './access-token.guard.js';
import type { Caller } from './route-guard.js';

/** A request that a protected controller handles. */
export interface GuardedRequest extends FastifyRequest {
  caller?: Caller;
}

/** The path below the gateway's URL that makes an API's audience. Set by `@ProtectedApi`. */
export const AudiencePath = Reflector.createDecorator<string>();

/** Set by `@RequireScopes`. */
export const NeededScopes = Reflector.createDecorator<string[]>();

/** Set by `@Public`. */
export const OpenToAll = Reflector.createDecorator<boolean>();

/** Guards controllers of the gateway's own as the access-token guard guards routes. */
@Injectable()
export class ProtectedApiGuard implements CanActivate {
  constructor(
    private readonly accessToken: AccessTokenGuard,
    private readonly reflector: Reflector,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(OpenToAll, places)) return true;
    const audience = `${this.config.gatewayUrl}${this.reflector.getAllAndOverride(AudiencePath, places)}`;
    const scopes = this.reflector.getAllAndOverride(NeededScopes, places) ?? [];
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    request.caller = await this.accessToken.check(request, { audience, scopes });
    return true;
  }
}

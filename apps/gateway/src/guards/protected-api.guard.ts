import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { type AccessTokenRules, accessTokenRules } from './access-token-settings.js';
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
  /** What the handlers of each class ask for, worked out once; undefined: nothing. Classes may share inherited ones. */
  private readonly rules = new WeakMap<object, Map<unknown, AccessTokenRules | undefined>>();

  constructor(
    private readonly accessToken: AccessTokenGuard,
    private readonly reflector: Reflector,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rules = this.rulesOf(context);
    if (!rules) return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    request.caller = await this.accessToken.check(request, rules);
    return true;
  }

  private rulesOf(context: ExecutionContext): AccessTokenRules | undefined {
    const known = this.rules.get(context.getClass()) ?? new Map<unknown, AccessTokenRules | undefined>();
    this.rules.set(context.getClass(), known);
    const handler = context.getHandler();
    if (!known.has(handler)) known.set(handler, this.read(context));
    return known.get(handler);
  }

  private read(context: ExecutionContext): AccessTokenRules | undefined {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(OpenToAll, places)) return undefined;
    return accessTokenRules.parse({
      audience: `${this.config.gatewayUrl}${this.reflector.getAllAndOverride(AudiencePath, places)}`,
      scopes: this.reflector.getAllAndOverride(NeededScopes, places) ?? [],
    });
  }
}

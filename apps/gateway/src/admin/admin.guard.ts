import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { AccessTokenGuard } from '../guards/access-token.guard.js';

/** The admin API is guarded as any API behind the gateway is. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly accessToken: AccessTokenGuard,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    await this.accessToken.check(request, {
      audience: `${this.config.gatewayUrl}/admin/v1`,
      scopes: ['admin'],
    });
    return true;
  }
}

import { type ExecutionContext, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import OAuth2Strategy from 'passport-oauth2';
import { expiredLogin, LoginFailedError, unavailableLogin } from './login-failed.js';
import { type PassportRequest, passportRequest, passportResponse } from './passport-request.js';

/** @nestjs/passport's guard, brought together with Fastify. One subclass begins a login, the other ends it. */
export abstract class GatehouseAuthGuard extends AuthGuard('gatehouse') {
  private readonly logger = new Logger(GatehouseAuthGuard.name);

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    await this.prepare(this.getRequest(context), (request.query ?? {}) as Record<string, unknown>);
    return super.canActivate(context) as Promise<boolean>;
  }

  /** Checks the query, and says in `request` what passport is to know of it. @throws LoginFailedError */
  protected abstract prepare(request: PassportRequest, query: Record<string, unknown>): Promise<void>;

  override getRequest(context: ExecutionContext): PassportRequest {
    const http = context.switchToHttp();
    return passportRequest(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  getResponse(context: ExecutionContext) {
    return passportResponse(context.switchToHttp().getResponse<FastifyReply>());
  }

  override handleRequest<User>(
    error: unknown,
    user: User | false,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (user) return user;
    if (error instanceof LoginFailedError) throw error;
    const reason =
      error instanceof Error ? error.toString() : String((info as { message?: string } | undefined)?.message);
    this.logger.warn(`A login failed: ${reason.replace(/[^\x20-\x7E]/g, ' ').slice(0, 300)}`);
    const isSpent = error instanceof OAuth2Strategy.TokenError && error.code === 'invalid_grant';
    throw isSpent ? expiredLogin() : unavailableLogin(this.getRequest(context).login);
  }
}

import { type ExecutionContext, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import OAuth2Strategy from 'passport-oauth2';
import type { LoginClient } from './login-client.js';
import { expiredLogin, LoginFailedError, unavailableLogin } from './login-failed.js';
import type { Login } from './login-path.js';
import { type PassportRequest, passportRequest, passportResponse } from './passport-request.js';
import type { Provider } from './provider.js';
import type { Providers } from './providers.service.js';

/** @nestjs/passport's guard, brought together with Fastify. One subclass begins a login, the other ends it. */
export abstract class GatehouseAuthGuard extends AuthGuard('gatehouse') {
  private readonly logger = new Logger(GatehouseAuthGuard.name);

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const query = (request.query ?? {}) as Record<string, unknown>;
    await this.prepare(this.getRequest(context), query, request);
    return super.canActivate(context) as Promise<boolean>;
  }

  /** Checks the query, and says in `request` what passport is to know of it. @throws LoginFailedError */
  protected abstract prepare(
    request: PassportRequest,
    query: Record<string, unknown>,
    raw: FastifyRequest,
  ): Promise<void>;

  /** @throws LoginFailedError when the provider cannot be asked who it is */
  protected async provider(providers: Providers, client: LoginClient, login?: Login): Promise<Provider> {
    try {
      return await providers.of(client.issuer);
    } catch (error) {
      this.logger.warn(`The provider of the login client ${client.name}: ${printable(error as Error)}`);
      throw unavailableLogin(login);
    }
  }

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
    this.logger.warn(`A login failed: ${printable((error ?? info) as Error | undefined)}`);
    const isSpent = error instanceof OAuth2Strategy.TokenError && error.code === 'invalid_grant';
    throw isSpent ? expiredLogin() : unavailableLogin(this.getRequest(context).attempt?.login);
  }
}

/** What others say does not break lines of the log. */
export function printable(error: Error | undefined): string {
  const text = error instanceof Error ? error.toString() : String((error as Error | undefined)?.message);
  return text.replace(/[^\x20-\x7E]/g, ' ').slice(0, 300);
}

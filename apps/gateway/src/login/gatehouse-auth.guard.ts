import { newSecret } from '@gatehouse/token';
import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoginCookies } from './login-cookies.js';
import { passportRequest, passportResponse } from './passport-request.js';
import { safeReturnTo } from './return-to.js';

/** The login did not succeed; the person may try again. */
export class LoginFailedError extends Error {
  override readonly name = 'LoginFailedError';
}

/** @nestjs/passport's guard, brought together with Fastify. Begins a login, or ends one at the callback. */
@Injectable()
export class GatehouseAuthGuard extends AuthGuard('gatehouse') {
  private readonly logger = new Logger(GatehouseAuthGuard.name);

  constructor(private readonly cookies: LoginCookies) {
    super();
  }

  override getRequest(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const adapted = passportRequest(request);
    adapted.browser ??= this.cookies.browser(request) ?? this.beginIn(context, request);
    if (adapted.returnTo === '/') adapted.returnTo = safeReturnTo(adapted.query.return_to);
    return adapted;
  }

  getResponse(context: ExecutionContext) {
    return passportResponse(context.switchToHttp().getResponse<FastifyReply>());
  }

  override handleRequest<User>(error: unknown, user: User | false, info: unknown): User {
    if (user) return user;
    const reason =
      error instanceof Error ? error.message : String((info as { message?: string } | undefined)?.message);
    this.logger.warn(`A login failed: ${reason.replace(/[^\x20-\x7E]/g, ' ').slice(0, 300)}`);
    throw new LoginFailedError(reason);
  }

  /** A browser without a secret gets one where a login begins; a callback without one fails. */
  private beginIn(context: ExecutionContext, request: FastifyRequest): string | undefined {
    if (!request.url.startsWith('/.gatehouse/login')) return undefined;
    const secret = newSecret();
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .header('set-cookie', this.cookies.browserCookie(secret));
    return secret;
  }
}

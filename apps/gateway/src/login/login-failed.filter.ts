import { errorPage, pageHeaders, renderPage } from '@gatehouse/pages';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoginFailedError } from './login-failed.js';
import { loginPath } from './login-path.js';

/** A page for a login that did not succeed. */
@Catch(LoginFailedError)
export class LoginFailedFilter implements ExceptionFilter {
  catch({ shown, login }: LoginFailedError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { title, text, detail } = shown;
    const link = { href: login ? loginPath(login) : '/.gatehouse/login', text: 'Try again' };
    const page = errorPage({ title, text, detail, link, requestId: http.getRequest<FastifyRequest>().id });
    const reply = http.getResponse<FastifyReply>();
    void reply.status(shown.status).headers(pageHeaders(page)).send(renderPage(page));
  }
}

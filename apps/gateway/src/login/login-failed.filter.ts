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
    const { id: requestId, params } = http.getRequest<FastifyRequest>();
    // At the least with the provider that they came back from.
    const { client } = params as { client?: string };
    const link = { href: loginPath(login ?? { returnTo: '/', client }), text: 'Try again' };
    const page = errorPage({ title, text, detail, link, requestId });
    const reply = http.getResponse<FastifyReply>();
    void reply.status(shown.status).headers(pageHeaders(page)).send(renderPage(page));
  }
}

import { html, pageHeaders, type Page, renderPage } from '@gatehouse/pages';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoginFailedError } from './gatehouse-auth.guard.js';

/** A page for a login that did not succeed. Why is in the log: the address could say anything. */
@Catch(LoginFailedError)
export class LoginFailedFilter implements ExceptionFilter {
  catch(_error: LoginFailedError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { id } = http.getRequest<FastifyRequest>();
    const page: Page = {
      title: 'You are not signed in',
      body: html`<h1>You are not signed in</h1>
        <p>You refused, or the login took too long, or it was begun in another browser.</p>
        <a class="button" href="/.gatehouse/login">Try again</a>
        <p class="quiet">Reference: <code>${id}</code></p>`,
    };
    void http.getResponse<FastifyReply>().status(403).headers(pageHeaders(page)).send(renderPage(page));
  }
}

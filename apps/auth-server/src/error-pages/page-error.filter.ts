import { HttpErrorFilter, type OAuthError, type Problem } from '@gatehouse/http';
import { errorPage, type ErrorPage, sendPage } from '@gatehouse/pages';
import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageError } from './page-error.js';

/** On the addresses that people open, an error is a page; to a caller that wants no HTML it stays a problem document. */
@Catch()
export class PageErrorFilter extends HttpErrorFilter {
  override catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) return super.catch(thrown, host);
    if (thrown instanceof PageError) {
      void sendPage(reply, thrown.status, errorPage({ requestId: request.id, ...thrown.page }));
      return;
    }
    if (!acceptsHtml(request)) return super.catch(thrown, host);
    const error = this.known(thrown);
    this.report(thrown, error);
    void reply.headers(error.headers);
    void sendPage(reply, error.status, errorPage({ requestId: request.id, ...explain(error, request) }));
  }
}

function acceptsHtml({ headers }: FastifyRequest): boolean {
  return /text\/html/i.test(headers.accept ?? '');
}

function explain(error: OAuthError | Problem, request: FastifyRequest): ErrorPage {
  const interaction = /^\/interaction\/[\w-]{1,100}(?=\/)/.exec(request.url)?.[0];
  const link = interaction === undefined ? undefined : { href: interaction, text: 'Back' };
  if (error.status === 429) {
    const wait = waitingTime(Number(error.headers['retry-after']));
    return {
      title: 'Too many attempts',
      text: `To keep accounts safe, only so many are possible in a row. Please try again in ${wait}.`,
      link,
    };
  }
  if (error.status >= 500) {
    return {
      title: 'Something went wrong here',
      text: 'This is not your fault. Please try again in a moment; if it stays, tell the people who run this service the reference below.',
      link,
    };
  }
  return {
    title: 'That did not work',
    text: 'Your browser sent something that this page cannot use. Go back to the application, and start again.',
    link,
  };
}

function waitingTime(seconds: number): string {
  if (!(seconds > 90)) return seconds > 1 ? `${seconds} seconds` : 'a second';
  return `${Math.ceil(seconds / 60)} minutes`;
}

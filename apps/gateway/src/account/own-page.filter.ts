import { HttpErrorFilter, type OAuthError, type Problem } from '@gatehouse/http';
import { errorPage, type ErrorPage, sendPage } from '@gatehouse/pages';
import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForeignForm, keysPath } from './own-page.js';

/** On pages that people open, an error is a page, too, with a way on. */
@Catch()
export class OwnPageFilter extends HttpErrorFilter {
  override catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) return super.catch(thrown, host);
    const { id: requestId, query } = http.getRequest<FastifyRequest>();
    const { client } = query as { client?: unknown };
    const error = this.known(thrown);
    this.report(thrown, error);
    const link = {
      href: keysPath({ client: typeof client === 'string' ? client : undefined }),
      text: 'To your keys',
    };
    const page = errorPage({ requestId, link, ...explain(thrown, error) });
    void sendPage(reply.headers(error.headers), error.status, page);
  }
}

function explain(thrown: unknown, { status }: OAuthError | Problem): ErrorPage {
  if (thrown instanceof ForeignForm) {
    return {
      title: 'Nothing was done',
      text: 'The form did not come from its own page, or somebody else has signed in meanwhile. Open the page again.',
    };
  }
  if (status === 404) {
    return {
      title: 'There is no such key',
      text: 'You have none at this address. It may be deleted already.',
    };
  }
  if (status === 405) {
    const text = 'The configuration of this gateway is a file, so keys can be made and deleted there alone.';
    return { title: 'This is not possible here', text };
  }
  if (status === 429) {
    return { title: 'Too many attempts', text: 'Please try again in a minute.' };
  }
  if (status >= 500) {
    return {
      title: 'Something went wrong here',
      text: 'This is not your fault. Please try again in a moment; if it stays, tell the people who run this service the reference below.',
    };
  }
  return { title: 'That did not work', text: 'Your browser sent something that this page cannot use.' };
}

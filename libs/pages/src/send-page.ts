import type { FastifyReply } from 'fastify';
import { type Page, pageHeaders, renderPage } from './page.js';

/** Answers a request with a page. */
export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply.status(status).headers(pageHeaders(page)).send(renderPage(page));
}

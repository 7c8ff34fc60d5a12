import { type Page, pageHeaders, renderPage } from '@gatehouse/pages';
import type { FastifyReply } from 'fastify';

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply.status(status).headers(pageHeaders(page)).send(renderPage(page));
}

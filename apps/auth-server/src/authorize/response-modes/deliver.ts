import { sendPage } from '@gatehouse/pages';
import type { FastifyReply } from 'fastify';
import type { Delivery } from './response-mode.js';

/**
 * Sends an answer on its way: kept by no cache, told on by no Referer. 303: a request that came by POST must not be
 * posted on to the client (RFC 9700 §4.12).
 */
export function deliver(reply: FastifyReply, delivery: Delivery): FastifyReply {
  if ('page' in delivery) return sendPage(reply, 200, delivery.page);
  return reply
    .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .redirect(delivery.location, 303);
}

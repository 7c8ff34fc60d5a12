import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { dropUnreadBody } from './unread-body.js';

/** Bodies stay what they are, a stream: on proxied routes, and until it is known who calls the gateway itself. */
export function prepareProxy(fastify: FastifyInstance): void {
  for (const method of METHODS) {
    const known = fastify.supportedMethods.includes(method);
    if (!known && method !== 'CONNECT') fastify.addHttpMethod(method, { hasBody: true });
  }
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
  fastify.addHook('onSend', ({ raw }, _reply, _payload, done) => {
    dropUnreadBody(raw);
    done();
  });
}

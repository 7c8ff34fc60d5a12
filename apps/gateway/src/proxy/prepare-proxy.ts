import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isForAdminApi, readAdminBody } from '../admin/admin-body.js';

/** Bodies are read for the admin API only; on proxied routes they stay what they are, a stream. */
export function prepareProxy(fastify: FastifyInstance): void {
  for (const method of METHODS) {
    const known = fastify.supportedMethods.includes(method);
    if (!known && method !== 'CONNECT') fastify.addHttpMethod(method, { hasBody: true });
  }
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (!isForAdminApi(request)) return done(null, undefined);
    readAdminBody(request, payload).then(
      (body) => done(null, body),
      (error: Error) => done(error),
    );
  });
}

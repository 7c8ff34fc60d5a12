import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';

/** Bodies this server reads: forms for OAuth endpoints and pages, JSON for its admin API; other types get 415. */
export async function registerBodyParsers(fastify: FastifyInstance): Promise<void> {
  fastify.removeAllContentTypeParsers();
  await fastify.register(formbody);
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    fastify.getDefaultJsonParser('error', 'error'),
  );
}

import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Where JSON is read: the admin API, and client registration (RFC 7591 §3.1). */
const JSON_UNDER = ['/admin/', '/oauth2/register'];

/**
 * Bodies this server reads: forms for OAuth endpoints (RFC 6749 §3.2) and pages, JSON for its admin API and client
 * registration; other types get 415.
 */
export async function registerBodyParsers(fastify: FastifyInstance): Promise<void> {
  fastify.removeAllContentTypeParsers();
  await fastify.register(formbody);
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (takesJson(request)) return parseJson(request, body, done);
    done(
      Object.assign(new Error('The body must be application/x-www-form-urlencoded.'), { statusCode: 415 }),
    );
  });
}

function takesJson(request: FastifyRequest): boolean {
  return JSON_UNDER.some((path) => request.url.startsWith(path));
}

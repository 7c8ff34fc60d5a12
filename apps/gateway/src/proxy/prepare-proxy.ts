import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '@gatehouse/http';

const ADMIN = /^\/admin\/v1(?:[/?]|$)/;
/** RFC 7396 has the second. */
const JSON_TYPES: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/merge-patch+json',
]);
const MAX_JSON_BYTES = 262_144;

/** Bodies are read for the admin API only; on proxied routes they stay what they are, a stream. */
export function prepareProxy(fastify: FastifyInstance): void {
  for (const method of METHODS) {
    const known = fastify.supportedMethods.includes(method);
    if (!known && method !== 'CONNECT') fastify.addHttpMethod(method, { hasBody: true });
  }
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (!ADMIN.test(request.raw.url!)) return done(null, undefined);
    readJson(request, payload).then(
      (body) => done(null, body),
      (error: Error) => done(error),
    );
  });
}

async function readJson(request: FastifyRequest, payload: AsyncIterable<Buffer>): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (!JSON_TYPES.has(type)) throw new Problem(415, 'The body must be application/json.');
  const body = await readWhole(payload);
  // A client that sends Content-Type with every call sends it with a DELETE, too.
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}

async function readWhole(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of payload) {
      bytes += chunk.length;
      if (bytes > MAX_JSON_BYTES) throw new Problem(413, `The body is larger than ${MAX_JSON_BYTES} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    // No fault of this server, and nothing to log: the caller went away.
    throw error instanceof Problem ? error : new Problem(400, 'The body broke off.');
  }
  return Buffer.concat(chunks);
}

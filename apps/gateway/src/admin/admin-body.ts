import type { FastifyRequest } from 'fastify';
import { Problem } from '@gatehouse/http';
import { parseYaml } from './parse-yaml.js';

const ADMIN = /^\/admin\/v1(?:[/?]|$)/;
/** A whole configuration, or an API with its description. */
const LARGE = /^\/admin\/v1\/(?:configuration|apis)(?:[/?]|$)/;
const MAX_BYTES = 262_144;
const MAX_LARGE_BYTES = 16_777_216;

/** RFC 7396 has the second. */
const JSON_TYPES: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/merge-patch+json',
]);
/** RFC 9512. */
const YAML_TYPES: ReadonlySet<string | undefined> = new Set(['application/yaml', 'application/x-yaml']);

/** Whether the body of a request is the admin API's to read. */
export function isForAdminApi({ raw }: FastifyRequest): boolean {
  return ADMIN.test(raw.url!);
}

/** Reads a body of the admin API: JSON, or YAML where it is a configuration. @throws Problem 400, 413, 415 */
export async function readAdminBody(
  request: FastifyRequest,
  payload: AsyncIterable<Buffer>,
): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  const large = LARGE.test(request.raw.url!);
  const yaml = large && YAML_TYPES.has(type);
  if (!yaml && !JSON_TYPES.has(type)) throw new Problem(415, 'The body must be application/json.');
  const body = await readWhole(payload, large ? MAX_LARGE_BYTES : MAX_BYTES);
  // A client that sends Content-Type with every call sends it with a DELETE, too.
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  return yaml ? parseYaml(text) : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}

async function readWhole(payload: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of payload) {
      bytes += chunk.length;
      if (bytes > limit) throw new Problem(413, `The body is larger than ${limit} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    // No fault of this server, and nothing to log: the caller went away.
    throw error instanceof Problem ? error : new Problem(400, 'The body broke off.');
  }
  return Buffer.concat(chunks);
}

import type { FastifyRequest } from 'fastify';
import { Problem } from '@gatehouse/http';
import { wholeBody } from '../calls/whole-body.js';
import { parseYaml } from './parse-yaml.js';

/** A whole configuration, or an API with its description. */
const LARGE = /^\/admin\/v1\/(?:configuration|apis)(?:[/?]|$)/;
const MAX_BYTES = 262_144;
const MAX_LARGE_BYTES = 16_777_216;
/** All calls wait while it is parsed, and that takes a hundred times as long as JSON. */
const MAX_YAML_BYTES = 524_288;

/** RFC 7396 has the second. */
const JSON_TYPES: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/merge-patch+json',
]);
/** RFC 9512. */
const YAML_TYPES: ReadonlySet<string | undefined> = new Set(['application/yaml', 'application/x-yaml']);

/**
 * Reads a body of the admin API: JSON, or YAML where it is a configuration or a description.
 * @throws Problem 400, 413, 415
 */
export async function readAdminBody(request: FastifyRequest): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  const large = LARGE.test(request.raw.url!);
  const json = JSON_TYPES.has(type);
  const yaml = large && YAML_TYPES.has(type);
  const limit = yaml ? MAX_YAML_BYTES : large && json ? MAX_LARGE_BYTES : MAX_BYTES;
  const text = (await wholeBody(request, limit)).toString('utf8');
  // A client that sends Content-Type with every call sends it with a DELETE, too.
  if (text === '') return undefined;
  if (yaml) return parseYaml(text);
  if (!json) throw new Problem(415, 'The body must be application/json.');
  return parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}

import { type JsonObject, objectOf } from '../../wire/json.js';
import { IMPLEMENTATION, META, STATELESS, type Version } from './versions.js';

/** A result as a caller of this version reads it. */
export function resultFor(version: Version, result: JsonObject): JsonObject {
  if (version === STATELESS) return { resultType: 'complete', ...result };
  const { resultType: _, ...rest } = result;
  return rest;
}

/**
 * A result that callers may keep (MCP 2026-07-28, Caching). What depends on who asks is for nobody else.
 * @param ttlMs for how long; left out: it may be another thing the next time
 */
export function cacheableFor(version: Version, result: JsonObject, ttlMs = 0): JsonObject {
  const { ttlMs: _, cacheScope: __, ...rest } = result;
  if (version !== STATELESS) return resultFor(version, rest);
  const _meta = { ...objectOf(rest._meta), [META.serverInfo]: IMPLEMENTATION };
  return resultFor(version, { ttlMs, cacheScope: 'private', ...rest, _meta });
}

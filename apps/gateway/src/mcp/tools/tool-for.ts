import { isObject, type JsonObject } from '../../wire/json.js';
import { STATELESS, type Version } from '../protocol/versions.js';

const NAME = /^[\x21-\x7E]{1,128}$/;

/** What a tool may be called here: names have to fit into header fields and logs. */
export function isToolName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** A tool of a server's list; one that no client could read would cost it the whole list. */
export function isTool(tool: JsonObject): tool is JsonObject & { readonly name: string } {
  const { name, inputSchema } = tool;
  return isToolName(name) && isObject(inputSchema) && inputSchema.type === 'object';
}

/** A tool as a caller of this version reads it. */
export function toolFor(version: Version, name: string, tool: JsonObject): JsonObject {
  // `execution` is of tasks, which the gateway does not offer.
  const { execution: _, outputSchema, ...rest } = tool;
  const isRead = version === STATELESS || (isObject(outputSchema) && outputSchema.type === 'object');
  return { ...rest, ...(isRead && outputSchema !== undefined && { outputSchema }), name };
}

/** A result as a caller of this version reads it. */
export function resultFor(version: Version, result: JsonObject): JsonObject {
  if (version === STATELESS) return { resultType: 'complete', ...result };
  const { resultType: _, structuredContent, ...rest } = result;
  // Before 2026-07-28 it had to be an object.
  return isObject(structuredContent) ? { ...rest, structuredContent } : rest;
}

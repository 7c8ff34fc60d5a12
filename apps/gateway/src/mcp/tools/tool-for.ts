import { isObject, type JsonObject } from '../../wire/json.js';
import { resultFor } from '../protocol/result-for.js';
import { STATELESS, type Version } from '../protocol/versions.js';
import { isName } from '../requests/names.js';
import { linkedContents } from '../resources/linked-content.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** A tool of a server's list; one that no client could read would cost it the whole list. */
export function isTool(tool: JsonObject): tool is JsonObject & { readonly name: string } {
  const { name, inputSchema } = tool;
  return isName(name) && isObject(inputSchema) && inputSchema.type === 'object';
}

/** A tool as a caller of this version reads it. */
export function toolFor(version: Version, name: string, tool: JsonObject): JsonObject {
  // `execution` is of tasks, which the gateway does not offer.
  const { execution: _, outputSchema, ...rest } = tool;
  const isRead = version === STATELESS || (isObject(outputSchema) && outputSchema.type === 'object');
  return { ...rest, ...(isRead && outputSchema !== undefined && { outputSchema }), name };
}

/** A result of `tools/call` as a caller of this version reads it. */
export function resultOfTool(version: Version, server: McpServer, result: JsonObject): JsonObject {
  const { structuredContent, ...rest } = result;
  // Before 2026-07-28 it had to be an object.
  const isRead = version === STATELESS ? structuredContent !== undefined : isObject(structuredContent);
  const content = linkedContents(server, rest.content);
  return resultFor(version, {
    ...rest,
    ...(content !== undefined && { content }),
    ...(isRead && { structuredContent }),
  });
}

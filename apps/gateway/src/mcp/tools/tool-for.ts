import { isObject, type JsonObject } from '../../wire/json.js';
import { resultFor } from '../protocol/result-for.js';
import { STATELESS, type Version } from '../protocol/versions.js';
import { OLDER_TOOL, readItem, TOOL } from '../requests/described.js';
import { isName } from '../requests/names.js';
import { linkedContents } from '../resources/linked-content.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** A tool of a server's list as a caller of this version reads it; undefined: it could not. */
export function toolFor(
  version: Version,
  { name, ...tool }: JsonObject,
): (JsonObject & { readonly name: string }) | undefined {
  const read = isName(name) ? readItem(version === STATELESS ? TOOL : OLDER_TOOL, tool) : undefined;
  if (!isName(name) || !read) return undefined;
  // It is of tasks, which the gateway does not offer.
  const { execution: _, ...rest } = read;
  return { ...rest, name };
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

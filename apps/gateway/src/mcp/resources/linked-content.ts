import { isObject, type JsonValue } from '../../wire/json.js';
import type { McpServer } from '../servers/mcp-servers.service.js';
import { uriHere } from './resource-uris.js';

/** MCP, Common URI Schemes: what clients load from the web themselves. */
const WEB = /^https?:/i;

/** Contents of a tool's result, with the links that callers can follow here. */
export function linkedContents(server: McpServer, contents: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(contents) ? contents.map((one: JsonValue) => linkedContent(server, one)) : contents;
}

/** MCP, Resource Links and Embedded Resources: a resource is named as it can be read here. */
export function linkedContent(server: McpServer, content: JsonValue): JsonValue {
  if (!isObject(content) || !server.backend.context) return content;
  const { type, uri, resource } = content;
  if (type === 'resource_link') return { ...content, uri: linked(server, uri) };
  if (type !== 'resource' || !isObject(resource)) return content;
  return { ...content, resource: { ...resource, uri: linked(server, resource.uri) } };
}

function linked(server: McpServer, uri: JsonValue | undefined): JsonValue | undefined {
  return typeof uri === 'string' && !WEB.test(uri) ? uriHere(server, uri) : uri;
}

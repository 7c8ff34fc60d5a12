import { isObject } from '../../wire/json.js';
import type { HeaderList } from '../../calls/header-list.js';
import { decodeHeaderValue } from './header-value.js';
import {
  HEADER_MISMATCH,
  INVALID_PARAMS,
  type RpcNotification,
  type RpcRequest,
  UNSUPPORTED_PROTOCOL_VERSION,
} from './json-rpc.js';
import { McpProblem } from './mcp-problem.js';
import { metaOf } from './read-message.js';
import { isHandshakeVersion, META, STATELESS, type Version, VERSIONS } from './versions.js';

/** A caller that says no version means one from before the header was there; nothing that it can ask here has changed. */
const UNSAID = '2025-06-18';

/**
 * In which version a message is meant. What it says in its header and in its body must agree: whoever stands between reads
 * the one, and the server acts on the other.
 * @throws McpProblem 400
 */
export function spokenVersion(message: RpcRequest | RpcNotification, headers: HeaderList): Version {
  const said = onlyOne(headers, 'MCP-Protocol-Version');
  const meta = metaOf(message.params);
  const claimed = meta[META.protocolVersion];
  if (claimed === undefined && said !== STATELESS) return handshakeVersion(said, message);
  if (message.id === undefined) return STATELESS;
  if (claimed === undefined || !isObject(meta[META.clientCapabilities])) {
    const missing = claimed === undefined ? META.protocolVersion : META.clientCapabilities;
    const detail = `A request of version ${STATELESS} needs ${missing} in params._meta.`;
    throw new McpProblem(400, detail, { code: INVALID_PARAMS });
  }
  if (said !== claimed) throw mismatch('MCP-Protocol-Version');
  if (claimed !== STATELESS) throw unsupported(said);
  demandMirrored(message, headers);
  return STATELESS;
}

function handshakeVersion(said: string | undefined, { method }: Pick<RpcRequest, 'method'>): Version {
  // Its version is still to be agreed upon.
  if (method === 'initialize') return UNSAID;
  if (said === undefined) return UNSAID;
  if (!isHandshakeVersion(said)) throw unsupported(said);
  return said;
}

/** Which member of the params `Mcp-Name` repeats. */
const NAMED: ReadonlyMap<string, 'name' | 'uri'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** MCP 2026-07-28, Standard Request Headers: `Mcp-Method` and `Mcp-Name` repeat what the body says. */
function demandMirrored({ method, params }: RpcRequest, headers: HeaderList): void {
  if (onlyOne(headers, 'Mcp-Method') !== method) throw mismatch('Mcp-Method');
  const member = NAMED.get(method);
  const meant = member && params[member];
  if (typeof meant !== 'string') return;
  const name = onlyOne(headers, 'Mcp-Name');
  if (name === undefined || decodeHeaderValue(name) !== meant) throw mismatch('Mcp-Name');
}

/** Of two, somebody may read the one, and somebody else the other. */
function onlyOne(headers: HeaderList, field: string): string | undefined {
  const [value, ...more] = headers.all(field.toLowerCase());
  if (more.length > 0) throw mismatch(field);
  return value;
}

function mismatch(field: string): McpProblem {
  return new McpProblem(
    400,
    `The header ${field} is missing, is there twice, or says something else than the body.`,
    {
      code: HEADER_MISMATCH,
    },
  );
}

function unsupported(requested: string): McpProblem {
  return new McpProblem(400, `The version must be one of ${VERSIONS.join(', ')}.`, {
    code: UNSUPPORTED_PROTOCOL_VERSION,
    data: { supported: VERSIONS, requested },
  });
}

import { parseUniqueJson } from '@gatehouse/token';
import { isObject, type JsonObject } from '../../wire/json.js';
import {
  INVALID_REQUEST,
  isRequestId,
  PARSE_ERROR,
  type RpcNotification,
  type RpcRequest,
} from './json-rpc.js';
import { McpProblem } from './mcp-problem.js';

const MAX_METHOD = 200;

/**
 * The one message of a body (MCP, Streamable HTTP: "the body of the POST request MUST be a single JSON-RPC request,
 * notification, or response").
 * @throws McpProblem 400
 */
export function readMessage(body: Buffer): RpcRequest | RpcNotification {
  const text = textOf(body);
  const message = parsed(text);
  if (Array.isArray(message)) throw invalid('Several messages at once are not taken: send one at a time.');
  if (!isObject(message) || message.jsonrpc !== '2.0')
    throw invalid('The body is no message of JSON-RPC 2.0.');
  // Whoever stands before the gateway may read the other one of two members.
  if (!parseUniqueJson(text)) throw invalid('The message has a member twice, or nests more than 32 deep.');
  const { id, method, params = {} } = message;
  if (method === undefined && (Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error'))) {
    throw invalid('The gateway asks callers nothing, and takes no answers.');
  }
  if (typeof method !== 'string' || method === '' || method.length > MAX_METHOD) {
    throw invalid('The method of the message is missing.');
  }
  if (!isObject(params)) throw invalid('The params of the message must be an object.');
  if (!Object.hasOwn(message, 'id')) return { id: undefined, method, params };
  if (!isRequestId(id)) throw invalid('The id of a request must be a string or a whole number.');
  return { id, method, params };
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw notJson();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

function notJson(): McpProblem {
  return new McpProblem(400, 'The body is not JSON.', { code: PARSE_ERROR });
}

function invalid(detail: string): McpProblem {
  return new McpProblem(400, detail, { code: INVALID_REQUEST });
}

export function metaOf(params: JsonObject): JsonObject {
  return isObject(params._meta) ? params._meta : {};
}

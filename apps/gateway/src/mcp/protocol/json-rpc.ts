import type { JsonObject, JsonValue } from '../../wire/json.js';

/** Codes of JSON-RPC 2.0 §5.1. */
export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
export const METHOD_NOT_FOUND = -32_601;
export const INVALID_PARAMS = -32_602;
/** What a server has no other code for. */
export const REFUSED = -32_000;
/** Of resources, in versions before 2026-07-28. */
export const RESOURCE_NOT_FOUND = -32_002;
/** MCP 2025-11-25, URL Elicitation Required Error; no code of later versions. */
export const URL_ELICITATION_REQUIRED = -32_042;
/** Codes of MCP 2026-07-28. */
export const HEADER_MISMATCH = -32_020;
export const UNSUPPORTED_PROTOCOL_VERSION = -32_022;

/** MCP, Base Protocol: never null, and no fraction. */
export type RequestId = string | number;

export interface RpcRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcNotification {
  readonly id: undefined;
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue | undefined;
}

export function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

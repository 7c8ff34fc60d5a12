import { isObject, type JsonObject } from '../../wire/json.js';
import type { RpcError } from '../protocol/json-rpc.js';
import { unreadable } from './failures.js';

/** What a server says to one request: notifications on the way, the answer at the end. */
export type Said =
  | { readonly is: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly is: 'result'; readonly result: JsonObject }
  | { readonly is: 'error'; readonly error: RpcError };

/** @returns undefined for what asks something in turn: the gateway answers nothing. @throws McpProblem */
export function said({ id, method, params, result, error }: JsonObject): Said | undefined {
  if (error !== undefined) return { is: 'error', error: errorOf(error) };
  if (result !== undefined) return { is: 'result', result: objectOf(result) };
  if (typeof method !== 'string' || id !== undefined) return undefined;
  return { is: 'notification', method, params: isObject(params) ? params : {} };
}

function objectOf(result: unknown): JsonObject {
  if (!isObject(result)) throw unreadable();
  return result;
}

function errorOf(error: unknown): RpcError {
  if (!isObject(error) || typeof error.message !== 'string') throw unreadable();
  const { code, message, data } = error;
  // JSON-RPC 2.0 §5.1: "This MUST be an integer."
  if (typeof code !== 'number' || !Number.isInteger(code)) throw unreadable();
  return { code, message, data };
}

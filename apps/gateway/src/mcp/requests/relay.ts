import type { JsonObject } from '../../wire/json.js';
import { unreadable } from '../client/failures.js';
import type { Said } from '../client/said.js';
import type { Asked } from '../endpoint.js';
import { mayAskBack } from '../protocol/input-required.js';
import {
  INVALID_PARAMS,
  REFUSED,
  RESOURCE_NOT_FOUND,
  type RpcError,
  URL_ELICITATION_REQUIRED,
} from '../protocol/json-rpc.js';
import { isWanted, type WantedLog } from '../protocol/log-level.js';
import { resultFor } from '../protocol/result-for.js';
import { STATELESS, type Version } from '../protocol/versions.js';

/** How a request ended, and what came of it where it was answered. */
export type Relayed = { readonly is: 'answered'; readonly result: JsonObject } | { readonly is: 'error' };

/**
 * Tells a caller what a server says to its request.
 * @param shape makes of the server's result what the caller gets
 * @throws Problem
 */
export async function relay(
  messages: AsyncIterable<Said>,
  { method, asker: { version, log }, answer }: Asked,
  shape: (result: JsonObject) => JsonObject,
): Promise<Relayed> {
  for await (const said of messages) {
    if (said.is === 'notification') {
      if (isForCaller(said, log)) await answer.notify(said.method, said.params);
      continue;
    }
    if (said.is === 'error') {
      answer.error(errorFor(version, said.error));
      return { is: 'error' };
    }
    const { result } = said;
    answer.result(result.resultType === 'input_required' ? asking(method, version, result) : shape(result));
    return { is: 'answered', result };
  }
  throw unreadable();
}

/** What a server may say on the way. */
function isForCaller({ method, params }: Extract<Said, { is: 'notification' }>, log: WantedLog): boolean {
  if (method === 'notifications/message') return isWanted(params.level, log);
  return method === 'notifications/progress';
}

/** MCP 2026-07-28, Multi Round-Trip Requests. A caller of before could not give what the server asks for. */
function asking(method: string, version: Version, result: JsonObject): JsonObject {
  if (version !== STATELESS || !mayAskBack(method)) throw unreadable();
  return resultFor(version, result);
}

/** MCP 2026-07-28, Error Codes: those of earlier versions MUST NOT be said any more; of what is not there it has another. */
function errorFor(version: Version, error: RpcError): RpcError {
  if (version !== STATELESS) return error;
  if (error.code === RESOURCE_NOT_FOUND) return { ...error, code: INVALID_PARAMS };
  return error.code === URL_ELICITATION_REQUIRED ? { ...error, code: REFUSED } : error;
}

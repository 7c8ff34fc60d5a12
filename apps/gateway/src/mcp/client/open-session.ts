import { isObject, type JsonObject } from '../../wire/json.js';
import { HANDSHAKE_VERSIONS, IMPLEMENTATION, isPeerVersion, type PeerVersion } from '../protocol/versions.js';
import { unreadable } from './failures.js';
import { isAnswer } from './http-exchange.js';

/** A connection on which both sides say messages. */
export interface Connection {
  /** @returns the id that the answer will have */
  request(method: string, params: JsonObject): Promise<string>;
  notify(method: string, params: JsonObject): Promise<void>;
  messages(): AsyncIterable<JsonObject>;
}

/** Begins a connection (MCP, Lifecycle). @returns the version that is spoken on it */
export async function openSession(connection: Connection): Promise<PeerVersion> {
  const id = await connection.request('initialize', {
    protocolVersion: HANDSHAKE_VERSIONS[0],
    capabilities: {},
    clientInfo: IMPLEMENTATION,
  });
  for await (const message of connection.messages()) {
    if (!isAnswer(message)) continue;
    const { result } = message;
    if (message.id !== id || !isObject(result) || !isPeerVersion(result.protocolVersion)) break;
    await connection.notify('notifications/initialized', {});
    return result.protocolVersion;
  }
  throw unreadable();
}

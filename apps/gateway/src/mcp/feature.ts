import type { JsonObject } from '../wire/json.js';
import type { Asked } from './endpoint.js';

/** By their names. @throws Problem */
export type Methods = Readonly<Record<string, (asked: Asked) => Promise<void> | void>>;

/** What an endpoint can do of what the protocol has. */
export interface Feature {
  /** As clients are told of it (MCP, Capabilities). */
  readonly capability: JsonObject;
  readonly methods: Methods;
  /** Those that versions before 2026-07-28 have besides. */
  readonly handshakeMethods?: Methods;
}

import type { JsonObject } from '../wire/json.js';
import type { Asked } from './endpoint.js';

/** What an endpoint can do of what the protocol has. */
export interface Feature {
  /** As clients are told of it (MCP, Capabilities). */
  readonly capability: JsonObject;
  /** By the names of the methods. @throws Problem */
  readonly methods: Readonly<Record<string, (asked: Asked) => Promise<void> | void>>;
}

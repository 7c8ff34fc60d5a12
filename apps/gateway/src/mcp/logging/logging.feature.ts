import type { JsonObject } from '../../wire/json.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import type { Feature } from '../feature.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { isLogLevel } from '../protocol/log-level.js';

/** What servers log of a request reaches who asked, from the level on that it wants. */
export class LoggingFeature implements Feature {
  readonly capability: JsonObject = { logging: {} };
  readonly methods = {};
  /** MCP 2026-07-28 has the level in each request. */
  readonly handshakeMethods = { 'logging/setLevel': (asked: Asked) => this.setLevel(asked) };

  constructor(private readonly endpoint: McpEndpoint) {}

  private async setLevel({ params: { level }, asker: { key }, answer }: Asked): Promise<void> {
    const refuse = (message: string) => answer.error({ code: INVALID_PARAMS, message });
    if (!isLogLevel(level)) return refuse('The level is none.');
    if (key === undefined) return refuse('A level is of a session: send the Mcp-Session-Id of initialize.');
    await this.endpoint.logLevels.set(key, level);
    answer.result({});
  }
}

import type { JsonObject } from '../../wire/json.js';
import type { Call } from '../../calls/call.js';
import type { Caller } from '../../guards/route-guard.js';
import type { WantedLog } from '../protocol/log-level.js';
import type { Version } from '../protocol/versions.js';

/** On whose behalf a server is asked. */
export interface Asker {
  readonly call: Call;
  /** What the caller speaks. */
  readonly version: Version;
  /** What tells this caller, or its session, apart from all others; undefined: nothing does. */
  readonly key: string | undefined;
  /** What the caller can be asked for in turn: with versions that allow it. */
  readonly capabilities: JsonObject;
  /** What is passed on of what servers log. */
  readonly log: WantedLog;
  /** `Mcp-Param-*` fields of the request: names and values in turn. */
  readonly paramHeaders: readonly string[];
  /** Aborted when nobody waits any longer. */
  readonly gone: AbortSignal;
}

/**
 * A session at a server belongs to one caller: what a server keeps in it must not be seen by another.
 * @param sessionId what the caller says of its own session here
 */
export function askerKey(caller: Caller, sessionId: string | undefined): string | undefined {
  const { issuer, subject, clientId, consumer, certificate } = caller;
  const parts = [issuer, subject, clientId, consumer, certificate, sessionId];
  return parts.some((one) => one !== undefined) ? JSON.stringify(parts.map((one) => one ?? null)) : undefined;
}

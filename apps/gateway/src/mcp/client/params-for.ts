import { traceHeaders } from '@gatehouse/observability';
import type { JsonObject } from '../../wire/json.js';
import { isLogLevel } from '../protocol/log-level.js';
import { metaOf } from '../protocol/read-message.js';
import { IMPLEMENTATION, META, RESERVED_META, STATELESS, type PeerVersion } from '../protocol/versions.js';
import type { Asker } from './asker.js';

/** MCP 2026-07-28, `_meta`: members by which a trace goes on. */
const TRACE = new Set(['traceparent', 'tracestate']);

/** Params as a server of this version gets them. What the caller said of itself is for the gateway, which says who it is. */
export function paramsFor(
  version: typeof STATELESS | PeerVersion,
  params: JsonObject,
  asker: Asker,
): JsonObject {
  const trace = traceHeaders();
  const isTraced = Object.keys(trace).length > 0;
  const passed = Object.entries(metaOf(params)).filter(
    ([name]) => !name.startsWith(RESERVED_META) && !(isTraced && TRACE.has(name)),
  );
  const meta = { ...Object.fromEntries(passed), ...trace };
  if (version === STATELESS) return { ...params, _meta: { ...meta, ...envelope(asker) } };
  return Object.keys(meta).length === 0 ? withoutMeta(params) : { ...params, _meta: meta };
}

function envelope({ version, capabilities, log }: Asker): JsonObject {
  return {
    ...(isLogLevel(log) && { [META.logLevel]: log }),
    [META.protocolVersion]: STATELESS,
    [META.clientInfo]: IMPLEMENTATION,
    // A caller of before could not give what the server asks for.
    [META.clientCapabilities]: version === STATELESS ? capabilities : {},
  };
}

function withoutMeta({ _meta, ...params }: JsonObject): JsonObject {
  return params;
}

import type { Call } from '../calls/call.js';
import { methodLabel } from '../calls/method-label.js';

/** What is kept of one call, or of several that could not be kept apart: a row of `gateway.usage`. */
export interface UsageRecord {
  /** When the call came, in epoch milliseconds. */
  readonly at: number;
  readonly route: string | undefined;
  readonly api: string | undefined;
  readonly method: string;
  readonly status: number;
  readonly consumer: string | undefined;
  readonly client: string | undefined;
  readonly subject: string | undefined;
  readonly upstream: string | undefined;
  readonly part: string | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the head of the request to the end of the answer. */
  readonly ms: number;
  /** Until the head of the upstream's answer, of that. */
  readonly upstreamMs: number | undefined;
  readonly tries: number;
  readonly fault: string | undefined;
  readonly cache: string | undefined;
  /** How many calls the row stands for; bytes and times are their sums then. */
  readonly calls: number;
}

/** A token's subject is as long as its issuer likes. */
const TEXT_MAX = 255;
export function usageOf(call: Call): UsageRecord {
  const { caller, startedAt, upstreamStartedAt, upstreamHeadAt } = call;
  const now = performance.now();
  return {
    at: Math.round(performance.timeOrigin + startedAt),
    route: call.route?.name,
    api: call.route?.api,
    method: methodLabel(call.method),
    status: call.status,
    consumer: bounded(caller.consumer),
    client: bounded(caller.clientId),
    subject: bounded(caller.subject),
    upstream: bounded(call.upstream),
    part: call.part,
    bytesIn: call.bytesIn,
    bytesOut: call.bytesOut,
    ms: rounded(now - startedAt),
    upstreamMs:
      upstreamStartedAt === undefined || upstreamHeadAt === undefined
        ? undefined
        : rounded(upstreamHeadAt - upstreamStartedAt),
    tries: call.tries,
    fault: call.fault,
    cache: call.cache,
    calls: 1,
  };
}

function bounded(text: string | undefined): string | undefined {
  return text === undefined || text.length <= TEXT_MAX ? text : text.slice(0, TEXT_MAX);
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

import { minuteOf, OTHER, type Sums } from './record-queue.js';
import type { UsageRecord } from './usage-record.js';

/** By minute, route, status, consumer and client. */
export const usageSums: Sums<UsageRecord> = {
  keyOf: ({ at, route, status, consumer, client }, coarse) =>
    JSON.stringify(coarse ? [minuteOf(at), status] : [minuteOf(at), route, status, consumer, client]),
  add: (sum, record, coarse) => {
    const { route, api, consumer, client } = record;
    const named = coarse
      ? { route: OTHER, api: undefined, consumer: undefined, client: undefined }
      : { route, api, consumer, client };
    return {
      at: minuteOf(record.at),
      ...named,
      method: OTHER,
      status: record.status,
      subject: undefined,
      upstream: undefined,
      part: undefined,
      tries: 0,
      fault: undefined,
      cache: undefined,
      upstreamMs: undefined,
      bytesIn: (sum?.bytesIn ?? 0) + record.bytesIn,
      bytesOut: (sum?.bytesOut ?? 0) + record.bytesOut,
      ms: (sum?.ms ?? 0) + record.ms,
      calls: (sum?.calls ?? 0) + record.calls,
    };
  },
};

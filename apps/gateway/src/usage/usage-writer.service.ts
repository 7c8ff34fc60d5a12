import { Injectable } from '@nestjs/common';
import { type CallObserver, ObservesCalls } from '../calls/call-observer.js';
import type { Call } from '../calls/call.js';
import type { RowWriter } from './row-writer.js';
import { RowWriters } from './row-writers.service.js';
import { type UsageRecord, usageOf } from './usage-record.js';
import { usageSums } from './usage-sums.js';

const INSERT = `
  INSERT INTO gateway.usage (at, route, api, method, status, consumer, client, subject, upstream, part,
    bytes_in, bytes_out, duration_ms, upstream_ms, tries, fault, cache, calls)
  SELECT to_timestamp(at / 1000.0), route, api, method, status, consumer, client, subject, upstream, part,
    "bytesIn", "bytesOut", ms, "upstreamMs", tries, fault, cache, calls
  FROM batch, json_to_recordset($2) AS one (at double precision, route text, api text, method text, status smallint,
    consumer text, client text, subject text, upstream text, part text, "bytesIn" bigint, "bytesOut" bigint,
    ms double precision, "upstreamMs" double precision, tries smallint, fault text, cache text, calls bigint)`;

/** Writes a record of each call into PostgreSQL: the sum of `calls` stays the number of calls. */
@Injectable()
@ObservesCalls('usage')
export class UsageWriter implements CallObserver {
  readonly off: boolean;
  private readonly rows: RowWriter<UsageRecord>;

  constructor(writers: RowWriters) {
    this.off = writers.off;
    this.rows = writers.of({
      name: 'usage records',
      insert: INSERT,
      sums: usageSums,
      counter: {
        name: 'gatehouse_usage_records_total',
        help: 'Usage records: written, or added up as too many waited',
      },
    });
  }

  finished(call: Call): void {
    this.rows.add(usageOf(call));
  }
}

import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyInstance } from 'fastify';
import { DataSource } from 'typeorm';
import { type CallObserver, ObservesCalls } from '../calls/call-observer.js';
import type { Call } from '../calls/call.js';
import { CONFIG, type Config } from '../config.js';
import { RecordQueue } from './record-queue.js';
import { RowWriter } from './row-writer.js';
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
export class UsageWriter implements CallObserver, OnModuleInit {
  readonly off: boolean;
  private readonly rows: RowWriter<UsageRecord>;

  constructor(
    @InjectDataSource() database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: HttpAdapterHost,
    metrics: Metrics,
  ) {
    this.off = !config.usage;
    const counter = metrics.counter({
      name: 'gatehouse_usage_records_total',
      help: 'Usage records: written, or added up as too many waited',
      labelNames: ['outcome'],
    });
    this.rows = new RowWriter({
      database,
      name: 'usage records',
      insert: INSERT,
      queue: new RecordQueue(usageSums, config.usageQueue),
      counted: (outcome, count) => counter.inc({ outcome }, count),
    });
  }

  onModuleInit(): void {
    if (this.off) return;
    this.rows.start(this.host.httpAdapter.getInstance<FastifyInstance>(), this.config.usageFlushMs);
  }

  finished(call: Call): void {
    this.rows.add(usageOf(call));
  }
}

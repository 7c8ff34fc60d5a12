import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { storableJson } from '@gatehouse/database';
import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyInstance } from 'fastify';
import type { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import { type CallObserver, ObservesCalls } from '../calls/call-observer.js';
import type { Call } from '../calls/call.js';
import { CONFIG, type Config } from '../config.js';
import { UsageQueue } from './usage-queue.js';
import { type UsageRecord, usageOf } from './usage-record.js';

const BATCH = 1_000;
/** Tries at a stop, while PostgreSQL is away: a stop has its own time limit. */
const LAST_TRIES = 3;

const INSERT = `
  WITH batch AS (
    INSERT INTO gateway.usage_batch (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
  )
  INSERT INTO gateway.usage (at, route, api, method, status, consumer, client, subject, upstream, part,
    bytes_in, bytes_out, duration_ms, upstream_ms, tries, fault, cache, calls)
  SELECT to_timestamp(at / 1000.0), route, api, method, status, consumer, client, subject, upstream, part,
    "bytesIn", "bytesOut", ms, "upstreamMs", tries, fault, cache, calls
  FROM batch, json_to_recordset($2) AS one (at double precision, route text, api text, method text, status smallint,
    consumer text, client text, subject text, upstream text, part text, "bytesIn" bigint, "bytesOut" bigint,
    ms double precision, "upstreamMs" double precision, tries smallint, fault text, cache text, calls bigint)`;

/**
 * Writes a record of each call into PostgreSQL, in batches, off the call's path. While PostgreSQL is away they wait, and
 * beyond the queue's bound they are added up: the sum of `calls` stays the number of calls. A batch whose writing broke
 * off is written again under the same id, so that it counts once.
 */
@Injectable()
@ObservesCalls('usage')
export class UsageWriter implements CallObserver, OnModuleInit {
  readonly off: boolean;
  private readonly logger = new Logger('Usage');
  private readonly queue: UsageQueue;
  private readonly counted: Counter<'outcome'>;
  private unwritten: { readonly id: string; readonly records: readonly UsageRecord[] } | undefined;
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout;
  private away = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: HttpAdapterHost,
    metrics: Metrics,
  ) {
    this.off = !config.usage;
    this.queue = new UsageQueue(config.usageQueue);
    this.counted = metrics.counter({
      name: 'gatehouse_usage_records_total',
      help: 'Usage records: written, or added up as too many waited',
      labelNames: ['outcome'],
    });
  }

  onModuleInit(): void {
    if (this.off) return;
    this.timer = setInterval(() => void this.flush(), this.config.usageFlushMs).unref();
    // Fastify calls this after the last request has ended, and Nest closes the database after that.
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onClose', () => this.finish());
  }

  finished(call: Call): void {
    if (!this.queue.add(usageOf(call))) this.counted.inc({ outcome: 'added_up' });
    if (this.queue.size === BATCH) void this.flush();
  }

  /** Writes what waits; calls that overlap share one run. Never fails: what was not written waits on. */
  flush(): Promise<void> {
    this.writing ??= this.write().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async finish(): Promise<void> {
    clearInterval(this.timer);
    // Calls that ended with their connections are told of now.
    await turn();
    for (let tries = 0; tries < LAST_TRIES && (this.unwritten || this.queue.size > 0); tries++)
      await this.flush();
    const lost = this.queue.size + (this.unwritten?.records.length ?? 0);
    if (lost > 0)
      this.logger.error(`${lost} usage records are lost: PostgreSQL did not take them before the stop`);
  }

  private async write(): Promise<void> {
    while (this.unwritten || this.queue.size > 0) {
      this.unwritten ??= { id: randomUUID(), records: this.queue.take(BATCH) };
      const { id, records } = this.unwritten;
      try {
        await this.database.query(INSERT, [id, storableJson(records)]);
      } catch (error) {
        if (!this.away) this.logger.warn(`Usage records wait: ${(error as Error).message}`);
        this.away = true;
        return;
      }
      this.unwritten = undefined;
      this.counted.inc({ outcome: 'written' }, records.length);
    }
    if (this.away) this.logger.log('Usage records are written again');
    this.away = false;
  }
}

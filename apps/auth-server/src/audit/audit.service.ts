import { storableJson } from '@gatehouse/database';
import { Metrics } from '@gatehouse/observability';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyInstance } from 'fastify';
import type { Counter } from 'prom-client';
import { DataSource } from 'typeorm';

export interface AuditRecord {
  /** What happened, e.g. `token.issued`, `login.failed`. */
  readonly type: string;
  readonly clientId?: string;
  readonly userId?: string;
  readonly address?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

interface Queued extends AuditRecord {
  /** Epoch milliseconds. */
  readonly at: number;
}

const FLUSH_MS = 500;
const BATCH = 500;
const MAX_QUEUED = 50_000;

/**
 * Writes audit events in batches, off the request's path. At most `MAX_QUEUED` wait while PostgreSQL is away; what
 * comes on top is dropped, and the log tells how many.
 */
@Injectable()
export class Audit implements OnModuleInit {
  private readonly logger = new Logger(Audit.name);
  private queue: Queued[] = [];
  private dropped = 0;
  private readonly written: Counter<'type'>;
  private readonly lost: Counter;
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly host: HttpAdapterHost,
    metrics: Metrics,
  ) {
    this.written = metrics.counter({
      name: 'gatehouse_audit_events_total',
      help: 'Audit events that were written, by kind',
      labelNames: ['type'],
    });
    this.lost = metrics.counter({
      name: 'gatehouse_audit_events_dropped_total',
      help: 'Audit events that were dropped since PostgreSQL did not take them in time',
    });
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
    // Fastify calls this after the last request has ended, and Nest closes the database after that.
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onClose', () => this.finish());
  }

  record(event: AuditRecord): void {
    if (this.queue.length >= MAX_QUEUED) this.dropped++;
    else this.queue.push({ ...event, at: Date.now() });
  }

  private async finish(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    await this.flush();
  }

  /** Writes what waits; calls that overlap share one run. */
  private flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => (this.flushing = undefined));
    return this.flushing;
  }

  private async write(): Promise<void> {
    if (this.dropped > 0) {
      this.logger.warn(`${this.dropped} audit events were dropped: PostgreSQL did not take them in time`);
      this.lost.inc(this.dropped);
      this.dropped = 0;
    }
    while (this.queue.length > 0) {
      const batch = this.queue.slice(0, BATCH);
      try {
        await this.insert(batch);
      } catch (error) {
        this.logger.warn(`Audit events wait (${this.queue.length}): ${(error as Error).message}`);
        return;
      }
      for (const [type, count] of countByType(batch)) this.written.inc({ type }, count);
      this.queue = this.queue.slice(batch.length);
    }
  }

  private async insert(batch: Queued[]): Promise<void> {
    await this.database.query(
      `INSERT INTO auth.audit_event (at, type, client_id, user_id, address, detail)
       SELECT to_timestamp(at / 1000.0), type, "clientId", "userId", address, coalesce(detail, '{}')
       FROM json_to_recordset($1) AS event
         (at bigint, type text, "clientId" text, "userId" text, address text, detail jsonb)`,
      [storableJson(batch)],
    );
  }
}

function countByType(batch: readonly Queued[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of batch) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

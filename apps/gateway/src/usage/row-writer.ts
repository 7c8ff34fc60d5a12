import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { storableJson } from '@gatehouse/database';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { DataSource } from 'typeorm';
import type { RecordQueue } from './record-queue.js';

const BATCH = 1_000;
/** Tries at a stop, while PostgreSQL is away: a stop has its own time limit. */
const LAST_TRIES = 3;

/** What is written, and where. */
export interface RowWriterOptions<Kept> {
  readonly database: DataSource;
  /** What the log calls the records. */
  readonly name: string;
  /** Inserts from `batch`, a relation with one row unless the batch was written before; `$2` is a JSON list of records. */
  readonly insert: string;
  readonly queue: RecordQueue<Kept>;
  /** Records that are written at once; left out: 1,000. */
  readonly batch?: number | undefined;
  /** Told of records that were written, or added to others. */
  readonly counted: (outcome: 'written' | 'added_up', count: number) => void;
  /** Told of the records themselves, then: whoever kept them meanwhile need not do so any more. */
  readonly kept?: ((records: readonly Kept[]) => void) | undefined;
}

/**
 * Writes records into PostgreSQL, in batches, off the path of those who make them. While PostgreSQL is away they wait, and
 * beyond the queue's bound they are added up. A batch whose writing broke off is written again under the same id, so that
 * it counts once.
 */
export class RowWriter<Kept> {
  private readonly logger = new Logger('Usage');
  private unwritten: { readonly id: string; readonly records: readonly Kept[] } | undefined;
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout;
  private away = false;

  constructor(private readonly options: RowWriterOptions<Kept>) {}

  /** From here on it writes as often as this, and the last time when the server is closed. */
  start(fastify: FastifyInstance, everyMs: number): void {
    this.timer = setInterval(() => void this.flush(), everyMs).unref();
    // Fastify calls this after the last request has ended, and Nest closes the database after that.
    fastify.addHook('onClose', () => this.finish());
  }

  add(record: Kept): void {
    const { queue, counted, kept, batch = BATCH } = this.options;
    if (!queue.add(record)) {
      counted('added_up', 1);
      kept?.([record]);
    }
    if (queue.size === batch) void this.flush();
  }

  /** Writes what waits; calls that overlap share one run. Never fails: what was not written waits on. */
  private flush(): Promise<void> {
    this.writing ??= this.write().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async finish(): Promise<void> {
    const { queue, name } = this.options;
    clearInterval(this.timer);
    // Calls that ended with their connections are told of now.
    await turn();
    for (let tries = 0; tries < LAST_TRIES && (this.unwritten || queue.size > 0); tries++) await this.flush();
    const lost = queue.size + (this.unwritten?.records.length ?? 0);
    if (lost > 0) this.logger.error(`${lost} ${name} are lost: PostgreSQL did not take them before the stop`);
  }

  private async write(): Promise<void> {
    const { database, insert, queue, batch = BATCH, name, counted, kept } = this.options;
    while (this.unwritten || queue.size > 0) {
      this.unwritten ??= { id: randomUUID(), records: queue.take(batch) };
      const { id, records } = this.unwritten;
      try {
        await database.query(`${BATCH_ONCE} ${insert}`, [id, storableJson(records)]);
      } catch (error) {
        if (!this.away) this.logger.warn(`The ${name} wait: ${(error as Error).message}`);
        this.away = true;
        return;
      }
      this.unwritten = undefined;
      counted('written', records.length);
      kept?.(records);
    }
    if (this.away) this.logger.log(`The ${name} are written again`);
    this.away = false;
  }
}

const BATCH_ONCE = `WITH batch AS (
  INSERT INTO gateway.usage_batch (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
)`;

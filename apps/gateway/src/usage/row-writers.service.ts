import { Metrics } from '@gatehouse/observability';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyInstance } from 'fastify';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { RecordQueue, type Sums } from './record-queue.js';
import { RowWriter } from './row-writer.js';

/** Records of a kind. */
export interface Rows<Kept> {
  /** What the log calls them. */
  readonly name: string;
  /** As in `RowWriterOptions`. */
  readonly insert: string;
  readonly sums: Sums<Kept>;
  /** As in `RowWriterOptions`. */
  readonly batch?: number;
  readonly kept?: (records: readonly Kept[]) => void;
  /** What counts those written, and those added to others. */
  readonly counter: { readonly name: string; readonly help: string };
}

/** Makes writers of records, as the settings of usage have it; they begin with the app, and end with it. */
@Injectable()
export class RowWriters implements OnModuleInit {
  /** Whether the settings say that no records are kept. */
  readonly off: boolean;
  private readonly writers: Pick<RowWriter<unknown>, 'start'>[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: HttpAdapterHost,
    private readonly metrics: Metrics,
  ) {
    this.off = !config.usage;
  }

  /** Called while the app is made. */
  of<Kept>({ name, insert, sums, batch, kept, counter }: Rows<Kept>): RowWriter<Kept> {
    const records = this.metrics.counter({ ...counter, labelNames: ['outcome'] });
    const writer = new RowWriter<Kept>({
      database: this.database,
      name,
      insert,
      queue: new RecordQueue(sums, this.config.usageQueue),
      batch,
      counted: (outcome, count) => records.inc({ outcome }, count),
      kept,
    });
    this.writers.push(writer);
    return writer;
  }

  onModuleInit(): void {
    if (this.off) return;
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    for (const writer of this.writers) writer.start(fastify, this.config.usageFlushMs);
  }
}

import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DiscoveryService } from '@nestjs/core';
import { DataSource, type EntityManager } from 'typeorm';
import { ExpiredRows, type ExpiredRowsSource } from './expired-rows.js';

const EVERY_MS = 60_000;
/** Rows deleted by one statement: locks stay short. */
const BATCH = 1_000;
/** Statements of one run for one table; what is left waits for the next run. */
const BATCHES = 100;

/**
 * What is of no use any more, by its table's key. A grant without refresh tokens is kept for as long as an access token
 * of it may live (a day at most), and a day on top.
 */
const EXPIRED = [
  'DELETE FROM auth.revocation WHERE id IN (SELECT id FROM auth.revocation WHERE expires_at < now() LIMIT $1)',
  'DELETE FROM auth.refresh_token WHERE hash IN (SELECT hash FROM auth.refresh_token WHERE expires_at < now() LIMIT $1)',
  `DELETE FROM auth.oauth_grant WHERE id IN (
     SELECT id FROM auth.oauth_grant g WHERE created_at < now() - interval '2 days'
       AND NOT EXISTS (SELECT 1 FROM auth.refresh_token t WHERE t.grant_id = g.id) LIMIT $1)`,
];

/** Removes expired rows, a little at a time, on one replica at a time (hydra#3784). */
@Injectable()
export class Expiry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Expiry.name);
  private timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private stopping = false;

  private statements: readonly string[] = EXPIRED;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly discovery: DiscoveryService,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ExpiredRows.KEY });
    const sources = marked.map((wrapper) => wrapper.instance as ExpiredRowsSource);
    this.statements = [...EXPIRED, ...sources.flatMap(({ expired }) => expired)];
    this.timer = setInterval(() => this.runSoon(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Deletes what has expired. Does nothing while another replica is at it. */
  async run(): Promise<void> {
    for (const statement of this.statements) {
      for (let batch = 0; batch < BATCHES && !this.stopping; batch++) {
        const deleted = await this.database.transaction((manager) => this.delete(manager, statement));
        if (deleted < BATCH) break;
      }
    }
  }

  private async delete(manager: EntityManager, statement: string): Promise<number> {
    const [lock] = await manager.query<{ held: boolean }[]>(
      "SELECT pg_try_advisory_xact_lock(hashtext('gatehouse expiry')) AS held",
    );
    if (!lock?.held) return 0;
    const [, deleted] = await manager.query<[unknown[], number]>(statement, [BATCH]);
    return deleted;
  }

  private runSoon(): void {
    this.running ??= this.run()
      .catch((error: Error) => this.logger.warn(`Expired rows could not be removed: ${error.message}`))
      .finally(() => (this.running = undefined));
  }
}

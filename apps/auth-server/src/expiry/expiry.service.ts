import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DiscoveryService } from '@nestjs/core';
import { DataSource, type EntityManager } from 'typeorm';
import { ExpiredRows, type ExpiredRowsSource } from './expired-rows.js';
import { EXPIRED_REFRESH_TOKENS, UnusedGrants } from './unused-grants.js';

const EVERY_MS = 60_000;
/** Rows deleted by one statement: locks stay short. */
const BATCH = 1_000;
/** Statements of one run for one table; what is left waits for the next run. */
const BATCHES = 100;

/** What is of no use any more, by its table's key. */
const EXPIRED = [
  'DELETE FROM auth.revocation WHERE id IN (SELECT id FROM auth.revocation WHERE expires_at < now() LIMIT $1)',
];

/** One step of a run. @returns how many rows it took: as long as they fill a batch, there is more */
type Step = (manager: EntityManager) => Promise<number>;

/** Removes expired rows, a little at a time, on one replica at a time (hydra#3784). */
@Injectable()
export class Expiry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Expiry.name);
  private timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private stopping = false;

  private readonly unusedGrants = new UnusedGrants();
  private steps: readonly Step[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly discovery: DiscoveryService,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ExpiredRows.KEY });
    const sources = marked.map((wrapper) => wrapper.instance as ExpiredRowsSource);
    this.steps = [
      refreshTokens,
      (manager) => this.unusedGrants.sweep(manager, BATCH),
      ...[...EXPIRED, ...sources.flatMap(({ expired }) => expired)].map(deletion),
    ];
    this.timer = setInterval(() => this.runSoon(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Deletes what has expired. Does nothing while another replica is at it. */
  async run(): Promise<void> {
    for (const step of this.steps) {
      for (let batch = 0; batch < BATCHES && !this.stopping; batch++) {
        const taken = await this.database.transaction((manager) => alone(manager, step));
        if (taken < BATCH) break;
      }
    }
  }

  private runSoon(): void {
    this.running ??= this.run()
      .catch((error: Error) => this.logger.warn(`Expired rows could not be removed: ${error.message}`))
      .finally(() => (this.running = undefined));
  }
}

/** Runs a step unless another replica is at it. */
async function alone(manager: EntityManager, step: Step): Promise<number> {
  const [lock] = await manager.query<{ held: boolean }[]>(
    "SELECT pg_try_advisory_xact_lock(hashtext('gatehouse expiry')) AS held",
  );
  return lock?.held ? step(manager) : 0;
}

function deletion(statement: string): Step {
  return async (manager) => {
    const [, deleted] = await manager.query<[unknown[], number]>(statement, [BATCH]);
    return deleted;
  };
}

async function refreshTokens(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ deleted: number }[]>(EXPIRED_REFRESH_TOKENS, [BATCH]);
  return row?.deleted ?? 0;
}

import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { UsageRow } from './usage-row.entity.js';

const EVERY_MS = 3_600_000;
const ROWS = 10_000;
const TABLES = ['gateway.usage', 'gateway.ai_usage'];
/** A batch that broke off is tried again within seconds; its id need not be known for longer. */
const BATCHES_KEPT = '1 day';

/** Removes usage records that are older than `GATEHOUSE_USAGE_RETENTION_DAYS`, some at a time. */
@Injectable()
export class UsageRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Usage');
  private timer: NodeJS.Timeout;
  private stopped = false;

  constructor(
    @InjectRepository(UsageRow) private readonly rows: Repository<UsageRow>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.removeExpired().catch((error: Error) => {
        this.logger.warn(`Old usage records are not removed: ${error.message}`);
      });
    }, EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** @returns how many records were removed */
  async removeExpired(): Promise<number> {
    await this.rows.query(
      `DELETE FROM gateway.usage_batch WHERE written_at < now() - interval '${BATCHES_KEPT}'`,
    );
    let removed = 0;
    for (const table of TABLES) removed += await this.removeOld(table);
    return removed;
  }

  private async removeOld(table: string): Promise<number> {
    let removed = 0;
    for (let last = ROWS; last === ROWS && !this.stopped; removed += last) {
      const [, count] = await this.rows.query<[unknown, number]>(
        `DELETE FROM ${table} WHERE ctid IN (
           SELECT ctid FROM ${table} WHERE at < now() - make_interval(days => $1) LIMIT ${ROWS})`,
        [this.config.usageRetentionDays],
      );
      last = count;
    }
    return removed;
  }
}

import { LOCK_CLASS } from '@gatehouse/database';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

const EVERY_MS = 600_000;
const ROWS = 1_000;

/** Removes contents of AI calls whose time is over, some at a time, and by one replica at a time. */
@Injectable()
export class AiContentsRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('AI');
  private timer: NodeJS.Timeout;
  private stopped = false;

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.removeExpired().catch((error: Error) => {
        this.logger.warn(`Old contents of AI calls are not removed: ${error.message}`);
      });
    }, EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** @returns how many were removed; none while another replica does it */
  async removeExpired(): Promise<number> {
    let removed = 0;
    for (let last = ROWS; last === ROWS && !this.stopped; removed += last) last = await this.removeSome();
    return removed;
  }

  private removeSome(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const [lock] = await manager.query<{ readonly held: boolean }[]>(
        "SELECT pg_try_advisory_xact_lock($1, hashtext('gateway ai contents')) AS held",
        [LOCK_CLASS],
      );
      if (!lock!.held) return 0;
      const [, count] = await manager.query<[unknown, number]>(
        `DELETE FROM gateway.ai_contents WHERE call_id IN (
           SELECT call_id FROM gateway.ai_contents WHERE expires_at <= now() ORDER BY expires_at LIMIT ${ROWS})`,
      );
      return count;
    });
  }
}

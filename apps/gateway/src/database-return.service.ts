import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from './config.js';
import { claimDatabase } from './database.js';

const RETRY_MS = 1_000;

/** Opens the database as soon as it is back, when it was away at the start. */
@Injectable()
export class DatabaseReturn implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseReturn.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.database.isInitialized) this.tryLater();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private tryLater(): void {
    this.timer = setTimeout(() => void this.open(), RETRY_MS).unref();
  }

  private async open(): Promise<void> {
    try {
      await claimDatabase(this.config);
      if (this.stopped) return;
      await this.database.initialize();
      this.logger.log('PostgreSQL is there now');
    } catch (error) {
      if ((error as Error).name === 'StartError') return this.leave((error as Error).message);
      if (!this.stopped) this.tryLater();
    }
  }

  /** As a start would have ended, had PostgreSQL been there to tell. */
  private leave(reason: string): void {
    this.logger.error(reason);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}

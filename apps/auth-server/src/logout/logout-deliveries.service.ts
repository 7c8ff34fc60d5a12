import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Audit } from '../audit/audit.service.js';
import { LogoutTokens } from './logout-tokens.service.js';

const EVERY_MS = 2_000;
const BATCH = 20;
/** Seconds until the next try, after each that failed; then it is given up. */
const WAITS_S = [5, 30, 120, 600];
/** More than this do not wait: what comes on top is dropped, and the log says so. */
const MOST = 100_000;

interface Delivery {
  readonly id: string;
  readonly client_id: string;
  readonly user_id: string;
  readonly sid: string;
  readonly attempts: number;
}

/** Logout tokens on their way: kept in PostgreSQL, so that none is lost at a restart; sent by any replica, once. */
@Injectable()
export class LogoutDeliveries implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LogoutDeliveries.name);
  private timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly tokens: LogoutTokens,
    private readonly audit: Audit,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.deliverSoon(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  async queue(clientIds: readonly string[], userId: string, sid: string): Promise<void> {
    if (clientIds.length === 0) return;
    const [row] = await this.database.query<{ queued: string }[]>(
      `WITH waiting AS (SELECT count(*) AS n FROM (SELECT 1 FROM auth.logout_delivery LIMIT $4) AS held),
         added AS (
           INSERT INTO auth.logout_delivery (client_id, user_id, sid)
           SELECT one, $2, $3 FROM unnest($1::text[]) one, waiting WHERE n < $4 RETURNING 1)
       SELECT count(*) AS queued FROM added`,
      [clientIds, userId, sid, MOST],
    );
    if (row?.queued === '0') this.logger.error('Too many logout tokens wait: some were dropped');
    this.deliverSoon();
  }

  /** Sends what is due. */
  async deliver(): Promise<void> {
    while (!this.stopping) {
      const due = await this.claim();
      await Promise.all(due.map((delivery) => this.attempt(delivery)));
      if (due.length < BATCH) return;
    }
  }

  /** Whoever claims one has until its next try to send it: no other replica sends it meanwhile. */
  private async claim(): Promise<Delivery[]> {
    const [rows] = await this.database.query<[Delivery[], number]>(
      `UPDATE auth.logout_delivery d SET attempts = attempts + 1,
         next_at = now() + make_interval(secs => ($1::int[])[least(attempts + 1, $2)])
       WHERE id IN (SELECT id FROM auth.logout_delivery WHERE next_at <= now() ORDER BY next_at LIMIT $3
         FOR UPDATE SKIP LOCKED)
       RETURNING id, client_id, user_id, sid, attempts`,
      [WAITS_S, WAITS_S.length, BATCH],
    );
    return rows;
  }

  private async attempt({
    id,
    client_id: clientId,
    user_id: userId,
    sid,
    attempts,
  }: Delivery): Promise<void> {
    const fault = await this.tokens.send(clientId, userId, sid);
    if (fault !== undefined && attempts <= WAITS_S.length) {
      this.logger.debug(`A logout token for ${clientId} was not taken: ${fault}`);
      return;
    }
    await this.database.query('DELETE FROM auth.logout_delivery WHERE id = $1', [id]);
    if (fault === undefined) return;
    this.logger.warn(`A logout token for ${clientId} was given up after ${attempts} tries: ${fault}`);
    this.audit.record({ type: 'logout.not_delivered', clientId, userId, detail: { sid } });
  }

  private deliverSoon(): void {
    this.running ??= this.deliver()
      .catch((error: Error) => this.logger.warn(`Logout tokens could not be sent: ${error.message}`))
      .finally(() => (this.running = undefined));
  }
}

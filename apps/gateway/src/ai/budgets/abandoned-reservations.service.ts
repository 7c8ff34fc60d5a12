import { Store, StoreUnavailableError } from '@gatehouse/store';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AiCallObservers } from '../records/ai-call-observer.js';
import type { AiCallRecord } from '../records/ai-call-record.js';
import { AiUsageWriter } from '../records/ai-usage-writer.service.js';
import { ADOPT, RENEW } from './recovery.scripts.js';
import { KEPT_MS, LEASE_MS, PROCESSES, Reservations, reservationsOf } from './reservations.service.js';
import { SETTLED } from './settle.script.js';

const RENEW_MS = 3_000;
const ADOPTED_AT_ONCE = 200;

/**
 * Sees to calls of processes that have died: what was reserved for them stays charged, as a provider may have answered, and
 * each gets its usage record. Processes say that they are alive; what one that has stopped saying so has left is taken over
 * by the others.
 */
@Injectable()
export class AbandonedReservations implements OnApplicationShutdown {
  private readonly logger = new Logger('AI');
  private timer: NodeJS.Timeout | undefined;
  private renewedAt = -Infinity;
  private steadySince = 0;
  private busy = false;

  constructor(
    private readonly store: Store,
    private readonly reservations: Reservations,
    private readonly observers: AiCallObservers,
    private readonly usage: AiUsageWriter,
  ) {}

  /** From here on, where there may be other processes. */
  watch(): void {
    if (this.timer || !this.store.distributed) return;
    this.timer = setInterval(() => void this.look(), RENEW_MS).unref();
    void this.look();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const dead = await this.renew();
      if (this.isSteady()) for (const process of dead) await this.adoptAll(process);
      await this.reservations.release();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) this.logger.error(error);
    } finally {
      this.busy = false;
    }
  }

  private async renew(): Promise<string[]> {
    const { key, process } = this.reservations;
    const dead = await this.store.run(RENEW, [PROCESSES, key], [process, LEASE_MS, KEPT_MS]);
    const now = performance.now();
    if (now - this.renewedAt > LEASE_MS) this.steadySince = now;
    this.renewedAt = now;
    return dead;
  }

  /** Whoever could not reach Redis either cannot tell who is dead: after that, all get as long as a lease to say otherwise. */
  private isSteady(): boolean {
    return performance.now() - this.steadySince >= LEASE_MS;
  }

  private async adoptAll(process: string): Promise<void> {
    const keys = [PROCESSES, reservationsOf(process), this.reservations.key];
    let count = 0;
    for (;;) {
      const found = await this.store.run(ADOPT, keys, [process, ADOPTED_AT_ONCE]);
      if (found.length === 0) break;
      count += found.length / 2;
      this.adopt(found);
    }
    if (count > 0) this.logger.warn(`${count} AI calls of a gateway that has died are recorded`);
  }

  private adopt(found: readonly string[]): void {
    this.reservations.adopted(found.filter((_, index) => index % 2 === 0));
    for (let i = 1; i < found.length; i += 2) {
      const kept = found[i]!;
      const isSettled = kept.startsWith(SETTLED);
      const record = JSON.parse(isSettled ? kept.slice(SETTLED.length) : kept) as AiCallRecord;
      // The observers of the process that settled it were told, but what it had not written is lost with it.
      if (!isSettled) this.observers.tell(record);
      else if (!this.usage.off) this.usage.finished(record);
    }
  }
}

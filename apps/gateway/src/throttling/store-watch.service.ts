import { Metrics } from '@gatehouse/observability';
import { Store } from '@gatehouse/store';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Gauge } from 'prom-client';

const PROBE_MS = 250;

/**
 * Whether the store that counts is there. While it is away no call waits for it; this asks for it, and says once when it
 * goes and once when it is back.
 */
@Injectable()
export class StoreWatch implements OnApplicationShutdown {
  private readonly logger = new Logger('Limits');
  private readonly gauge: Gauge;
  private timer: NodeJS.Timeout | undefined;
  private probing = false;
  private since = 0;

  constructor(
    private readonly store: Store,
    metrics: Metrics,
  ) {
    this.gauge = metrics.gauge({
      name: 'gatehouse_limits_store_away',
      help: '1 while limits cannot be counted in their store, and each does what on_store_failure says',
    });
  }

  get away(): boolean {
    return this.timer !== undefined;
  }

  /** A call found it away. */
  lost(error: Error): void {
    if (this.away) return;
    this.since = Date.now();
    this.gauge.set(1);
    this.logger.error(`Limits do what their on_store_failure says: ${error.message}`);
    this.timer = setInterval(() => void this.probe(), PROBE_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async probe(): Promise<void> {
    if (this.probing) return;
    this.probing = true;
    try {
      // A write: a store that is full, or a replica, answers reads.
      await this.store.set('limits:probe', '1', 1);
      this.found();
    } catch {
      // Still away.
    } finally {
      this.probing = false;
    }
  }

  private found(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.gauge.set(0);
    const seconds = Math.ceil((Date.now() - this.since) / 1_000);
    this.logger.log(`Limits are counted in their store again, after ${seconds} s`);
  }
}

import type { UsageRecord } from './usage-record.js';

const MINUTE_MS = 60_000;
const OTHER = 'other';

/**
 * What waits to be written: bounded, and yet exact in the number of calls. Beyond `capacity` records, calls are added up
 * by minute, route, status, consumer and client; beyond as many sums, by minute and status alone.
 */
export class UsageQueue {
  private records: UsageRecord[] = [];
  private readonly sums = new Map<string, UsageRecord>();

  constructor(
    private readonly capacity: number,
    private readonly sumsMax = 10_000,
  ) {}

  get size(): number {
    return this.records.length + this.sums.size;
  }

  /** @returns whether it was kept as it is, and not added to others */
  add(record: UsageRecord): boolean {
    if (this.records.length < this.capacity) {
      this.records.push(record);
      return true;
    }
    this.addUp(record);
    return false;
  }

  /** Takes out the oldest, `count` at most. */
  take(count: number): UsageRecord[] {
    if (this.records.length > 0) return this.records.splice(0, count);
    const sums = [...this.sums].slice(0, count);
    for (const [key] of sums) this.sums.delete(key);
    return sums.map(([, sum]) => sum);
  }

  private addUp(record: UsageRecord): void {
    const at = record.at - (record.at % MINUTE_MS);
    const { route, status, consumer, client } = record;
    let key = JSON.stringify([at, route, status, consumer, client]);
    let known = this.sums.get(key);
    const full = known === undefined && this.sums.size >= this.sumsMax;
    if (full) {
      key = JSON.stringify([at, status]);
      known = this.sums.get(key);
    }
    const { api } = record;
    const named = full
      ? { route: OTHER, api: undefined, consumer: undefined, client: undefined }
      : { route, api, consumer, client };
    this.sums.set(key, {
      at,
      ...named,
      method: OTHER,
      status,
      subject: undefined,
      upstream: undefined,
      part: undefined,
      tries: 0,
      fault: undefined,
      cache: undefined,
      upstreamMs: undefined,
      bytesIn: (known?.bytesIn ?? 0) + record.bytesIn,
      bytesOut: (known?.bytesOut ?? 0) + record.bytesOut,
      ms: (known?.ms ?? 0) + record.ms,
      calls: (known?.calls ?? 0) + record.calls,
    });
  }
}

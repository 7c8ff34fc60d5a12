import { LEASE_MS } from './algorithms/concurrency.js';
import type { Limit } from './limit.js';

/**
 * What this process has under way of each limit that lasts as long as a request. It tells the store in full, not by
 * differences: what was lost on the way, either way, is mended by the next report.
 */
export class Leases {
  private readonly held = new Map<string, number>();
  /** Keys of which the store has to be told. */
  private readonly due = new Set<string>();
  private renewal: NodeJS.Timeout | undefined;

  /** @param report called when something is due */
  constructor(private readonly report: () => void) {}

  get idle(): boolean {
    return this.held.size === 0 && this.due.size === 0;
  }

  get someDue(): boolean {
    return this.due.size > 0;
  }

  /** The store counts it already. @returns what gives it back, once */
  hold(limits: readonly Limit[]): (() => void) | undefined {
    if (!limits.some(lastsAsRequest)) return undefined;
    const keys = keysOf(limits);
    for (const key of keys) this.held.set(key, (this.held.get(key) ?? 0) + 1);
    this.keepTelling();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      for (const key of keys) this.held.set(key, this.held.get(key)! - 1);
      this.tell(keys);
    };
  }

  /** Nobody knows whether the store counted these: the next report says what is true. */
  doubt(limits: readonly Limit[]): void {
    for (const key of keysOf(limits)) this.due.add(key);
  }

  /** At most `count` of what is due, which then no longer is. */
  takeDue(count: number): [key: string, held: number][] {
    const taken: [string, number][] = [];
    for (const key of this.due) {
      if (taken.length === count) break;
      this.due.delete(key);
      taken.push([key, this.held.get(key) ?? 0]);
    }
    return taken;
  }

  /** The store was told. */
  told(reports: readonly [key: string, held: number][]): void {
    for (const [key] of reports) if (this.held.get(key) === 0 && !this.due.has(key)) this.held.delete(key);
    if (!this.idle) return;
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  /** The store was not told, or nobody knows; the next renewal tries again. */
  untold(reports: readonly [key: string, held: number][]): void {
    for (const [key] of reports) this.due.add(key);
    if (!this.idle) this.keepTelling();
  }

  private keepTelling(): void {
    this.renewal ??= setInterval(() => this.tell(this.held.keys()), LEASE_MS / 3).unref();
  }

  private tell(keys: Iterable<string>): void {
    for (const key of keys) this.due.add(key);
    this.report();
  }
}

function lastsAsRequest({ algorithm }: Limit): boolean {
  return algorithm === 'concurrency';
}

function keysOf(limits: readonly Limit[]): string[] {
  return limits.filter(lastsAsRequest).map(({ key }) => key);
}

/** How records are added up that are too many to be kept as they are. */
export interface Sums<Kept> {
  /**
   * What keeps sums apart.
   * @param coarse whether there are many already: the minute and the outcome alone
   */
  keyOf(record: Kept, coarse: boolean): string;
  /** @param sum undefined: the record is the first of its sum */
  add(sum: Kept | undefined, record: Kept, coarse: boolean): Kept;
}

/**
 * What waits to be written: bounded, and yet exact in the number of calls. Beyond `capacity` records, they are added up;
 * beyond as many sums, by little more than the minute.
 */
export class RecordQueue<Kept> {
  private records: Kept[] = [];
  private readonly sums = new Map<string, Kept>();

  constructor(
    private readonly summing: Sums<Kept>,
    private readonly capacity: number,
    private readonly sumsMax = 10_000,
  ) {}

  get size(): number {
    return this.records.length + this.sums.size;
  }

  /** @returns whether it was kept as it is, and not added to others */
  add(record: Kept): boolean {
    if (this.records.length < this.capacity) {
      this.records.push(record);
      return true;
    }
    const { keyOf, add } = this.summing;
    let key = keyOf(record, false);
    const coarse = !this.sums.has(key) && this.sums.size >= this.sumsMax;
    if (coarse) key = keyOf(record, true);
    this.sums.set(key, add(this.sums.get(key), record, coarse));
    return false;
  }

  /** Takes out the oldest, `count` at most. */
  take(count: number): Kept[] {
    if (this.records.length > 0) return this.records.splice(0, count);
    const sums = [...this.sums].slice(0, count);
    for (const [key] of sums) this.sums.delete(key);
    return sums.map(([, sum]) => sum);
  }
}

const MINUTE_MS = 60_000;

/** The minute of a time in epoch milliseconds, as one. */
export function minuteOf(at: number): number {
  return at - (at % MINUTE_MS);
}

/** What stands in sums for what was not kept apart. */
export const OTHER = 'other';

/** Seconds of the free retries that may be saved up. */
const SAVED_SECONDS = 10;
/** Retries that a busy upstream may save up. */
const SAVED_MAX = 100;

/** How many retries an upstream's calls may make together: a share of the calls, and a few besides. */
export class RetryBudget {
  private balance: number;
  private at = Date.now();

  constructor(
    private readonly ratio: number,
    private readonly minPerSecond: number,
  ) {
    this.balance = minPerSecond;
  }

  /** A call came. */
  earn(): void {
    this.balance = Math.min(this.most, this.balance + this.ratio);
  }

  /** @returns whether there may be one more retry */
  spend(): boolean {
    const now = Date.now();
    this.balance = Math.min(this.most, this.balance + ((now - this.at) / 1_000) * this.minPerSecond);
    this.at = now;
    if (this.balance < 1) return false;
    this.balance -= 1;
    return true;
  }

  private get most(): number {
    return Math.max(this.minPerSecond * SAVED_SECONDS, this.ratio * SAVED_MAX);
  }
}

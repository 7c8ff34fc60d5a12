/** How fast the past is forgotten. */
const TAU_MS = 10_000;
/** A failure counts as a slow answer: one that refuses at once must not look quick. */
const FAILED_MS = 1_000;

/** The time that answers take, by an exponentially weighted moving average; peaks count at once. */
export class Ewma {
  private average = 0;
  private at = 0;

  /** @param now milliseconds of any clock that only goes forward */
  observe(ms: number, now: number): void {
    const kept = Math.exp((this.at - now) / TAU_MS);
    this.average = ms > this.average ? ms : this.average * kept + ms * (1 - kept);
    this.at = now;
  }

  failed(now: number): void {
    this.observe(Math.max(FAILED_MS, this.average), now);
  }

  /** Without new answers it falls, so that a target that was slow once is tried again. */
  value(now: number): number {
    return this.average * Math.exp((this.at - now) / TAU_MS);
  }
}

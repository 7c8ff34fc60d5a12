/** Says when something takes too long; it can be stopped and started again. */
export class Clock {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly seconds: number,
    private readonly ring: () => void,
  ) {}

  /** From the beginning. */
  start(): void {
    if (this.timer) this.timer.refresh();
    else this.timer = setTimeout(this.ring, this.seconds * 1_000);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

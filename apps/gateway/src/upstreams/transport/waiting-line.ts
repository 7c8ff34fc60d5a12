import { UpstreamUnavailable } from '../upstream-unavailable.js';

/** A call that waits for a connection. */
export interface Waiting {
  /** It is its turn. */
  proceed(): void;
  refuse(reason: Error): void;
}

/** Calls that wait for a connection: as many as there is room for, and none for longer than it may. */
export class WaitingLine<One extends Waiting> {
  private readonly line = new Map<One, NodeJS.Timeout>();

  constructor(
    private readonly max: number,
    private readonly timeoutMs: number,
  ) {}

  get length(): number {
    return this.line.size;
  }

  join(one: One): void {
    if (this.line.size >= this.max) return one.refuse(busy('Too many calls wait for this upstream.'));
    const late = () => {
      this.line.delete(one);
      one.refuse(busy('No connection to the upstream became free in time.'));
    };
    this.line.set(one, setTimeout(late, this.timeoutMs));
  }

  /** Takes one out that does not want any more. @returns whether it was there */
  leave(one: One): boolean {
    clearTimeout(this.line.get(one));
    return this.line.delete(one);
  }

  /** Whose turn it is. */
  next(): One | undefined {
    const first = this.line.keys().next();
    if (first.done) return undefined;
    this.leave(first.value);
    return first.value;
  }
}

function busy(detail: string): UpstreamUnavailable {
  return new UpstreamUnavailable('upstream_busy', detail, 1);
}

/** How a limit counts. */
export type AlgorithmName = 'fixed_window' | 'sliding_window' | 'gcra' | 'concurrency';

/** One counter of a request, and how much of it there is. */
export interface Limit {
  /** What the `RateLimit` headers call it. */
  readonly name: string;
  /** The counter's key in the store. */
  readonly key: string;
  /** How much fits in a window; of `concurrency`, how many run at once. */
  readonly limit: number;
  /** Of `concurrency`: 0. */
  readonly windowMs: number;
  /** Unset: a fixed window, which begins with its first request. */
  readonly algorithm?: AlgorithmName;
  /** Of `gcra`: how much may come at once. Unset: the limit. */
  readonly burst?: number;
  /** Of a fixed window that ends with the calendar: when (ms since 1970). Its key names the period. */
  readonly endsAt?: number;
  /** How much this request counts. Unset: 1. */
  readonly cost?: number;
}

/** What became of one limit. */
export class LimitState {
  /**
   * @param terms the limit itself
   * @param used how much of it, this request's part included
   * @param resetMs until all of it is there again, if nobody else comes; 0 where no time says so
   * @param waitMs until this request fits, if nobody else comes; 0 when it fitted, or where no time says so
   */
  constructor(
    readonly terms: Limit,
    readonly used: number,
    readonly resetMs: number,
    readonly waitMs: number,
  ) {}

  get name(): string {
    return this.terms.name;
  }

  get limit(): number {
    return this.terms.limit;
  }
}

/** The counters after a request, and which of them refused it. */
export interface Consumption {
  readonly states: readonly LimitState[];
  /** The first that refused; undefined: the request may go on. */
  readonly refusedBy: LimitState | undefined;
  /** Gives back what lasts as long as the request (`concurrency`); undefined where there is nothing of that kind. */
  release: (() => void) | undefined;
}

/** How much of a limit may come at once. */
export function quotaOf({ limit, burst }: Limit): number {
  return burst ?? limit;
}

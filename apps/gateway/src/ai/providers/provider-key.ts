/** For how long a key is left out that was refused. */
const REFUSED_MS = 300_000;
const REST_MS = 1_000;
const MAX_REST_MS = 60_000;
/** A provider may say when a key can be used again; it is believed up to a point. */
const MAX_RETRY_AFTER_MS = 600_000;

/** A key of a provider, and how it fares in this process. */
export class ProviderKey {
  private refusedUntil = 0;
  private restsUntil = 0;
  private restsInARow = 0;

  constructor(
    /** Undefined: the provider needs no key. */
    readonly name: string | undefined,
    readonly secret: string | undefined,
  ) {}

  /** Milliseconds until it may be used; Infinity: not for a good while. @param now `Date.now()` */
  wait(now: number): number {
    return this.refusedUntil > now ? Infinity : Math.max(0, this.restsUntil - now);
  }

  /** The provider does not take it. @returns whether that is news */
  refused(now: number): boolean {
    const isNews = this.refusedUntil <= now;
    this.refusedUntil = now + REFUSED_MS;
    return isNews;
  }

  /** It was used too often. @param retryAfterMs what the provider says; undefined: longer each time */
  overused(now: number, retryAfterMs: number | undefined): void {
    if (retryAfterMs !== undefined) {
      const rest = Math.min(MAX_RETRY_AFTER_MS, Math.max(1, retryAfterMs));
      this.restsUntil = Math.max(this.restsUntil, now + rest);
    } else if (this.restsUntil <= now) {
      // Calls that were on their way together are refused together, which counts once.
      this.restsUntil = now + Math.min(MAX_REST_MS, REST_MS * 2 ** this.restsInARow++);
    }
  }

  worked(): void {
    this.restsInARow = 0;
    this.refusedUntil = 0;
  }
}

/** The keys of a provider, used in turn. */
export class KeyRing {
  private last = 0;

  constructor(private readonly keys: readonly ProviderKey[]) {}

  /** The next one that may be used. @param except whoever asks has tried these */
  take(now: number, except?: ReadonlySet<ProviderKey>): ProviderKey | undefined {
    const { length } = this.keys;
    for (let i = 1; i <= length; i++) {
      const index = (this.last + i) % length;
      const key = this.keys[index]!;
      if (key.wait(now) > 0 || except?.has(key)) continue;
      this.last = index;
      return key;
    }
    return undefined;
  }

  /** The one of this name, whatever is known of it. */
  named(name: string | undefined): ProviderKey | undefined {
    return this.keys.find((key) => key.name === name);
  }

  /** Milliseconds until one may be used; Infinity: all were refused. */
  wait(now: number): number {
    return Math.min(...this.keys.map((key) => key.wait(now)));
  }
}

import { LRUCache } from 'lru-cache';
import { type CacheEntries, type CacheEntry, fits, MAX_VARIANTS, type PurgeTarget } from './cache-entry.js';

interface Variant {
  readonly entry: CacheEntry;
  readonly until: number;
}

/** What an entry takes beside its body. */
const OVERHEAD = 1_024;

/** Stored answers of one process; those used longest ago make room. */
export class MemoryEntries implements CacheEntries {
  private readonly entries: LRUCache<string, ReadonlyMap<string, Variant>>;

  constructor(maxBytes: number) {
    this.entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (variants) =>
        [...variants.values()].reduce((sum, { entry }) => sum + entry.body.length + OVERHEAD, 0),
    });
  }

  get(address: string, variant: string): CacheEntry | undefined {
    const found = this.entries.get(address)?.get(variant);
    return found && found.until > Date.now() ? found.entry : undefined;
  }

  put(address: string, variant: string, entry: CacheEntry, seconds: number): void {
    const now = Date.now();
    const others = [...(this.entries.get(address) ?? [])].filter(
      ([name, { until }]) => name !== variant && until > now,
    );
    const kept = others.length < MAX_VARIANTS ? others : [];
    this.entries.set(address, new Map([...kept, [variant, { entry, until: now + seconds * 1_000 }]]));
  }

  drop(address: string): void {
    this.entries.delete(address);
  }

  purge(target: PurgeTarget): number {
    let purged = 0;
    for (const [address, variants] of this.entries) {
      if (![...variants.values()].some(({ entry }) => fits(entry.about, target))) continue;
      this.entries.delete(address);
      purged++;
    }
    return purged;
  }
}

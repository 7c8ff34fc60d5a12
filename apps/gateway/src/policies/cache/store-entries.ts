import { Logger } from '@nestjs/common';
import type { Store } from '@gatehouse/store';
import {
  type CacheEntries,
  type CacheEntry,
  decodeEntry,
  encodeEntry,
  MAX_VARIANTS,
  type PurgeTarget,
} from './cache-entry.js';
import { DROP, GET, INDEX_KEYS, PURGE, PUT } from './entry-scripts.js';

const TELL_AGAIN_MS = 60_000;

/** Stored answers that all replicas share, in Redis; those that expire soonest make room. Away, it has nothing. */
export class StoreEntries implements CacheEntries {
  private readonly logger = new Logger(StoreEntries.name);
  private tellAgainAt = 0;

  constructor(
    private readonly store: Store,
    private readonly maxBytes: number,
  ) {}

  async get(address: string, variant: string): Promise<CacheEntry | undefined> {
    try {
      const text = await this.store.run(GET, [keyOf(address)], [variant]);
      return text === null ? undefined : decodeEntry(text);
    } catch (error) {
      this.tell(error as Error);
      return undefined;
    }
  }

  put(address: string, variant: string, entry: CacheEntry, seconds: number): void {
    const text = encodeEntry(entry);
    if (text.length > this.maxBytes) return;
    const lifetime = Math.ceil(seconds * 1_000);
    const about = JSON.stringify(entry.about);
    const args = [variant, text, lifetime, text.length, this.maxBytes, MAX_VARIANTS, about];
    this.run(PUT, address, args);
  }

  drop(address: string): void {
    this.run(DROP, address, []);
  }

  purge(target: PurgeTarget): Promise<number> {
    return this.store.run(PURGE, ['cache:{c}:none', ...INDEX_KEYS], [JSON.stringify(target)]);
  }

  private run(script: typeof PUT, address: string, args: (string | number)[]): void {
    this.store.run(script, [keyOf(address), ...INDEX_KEYS], args).catch((error: Error) => this.tell(error));
  }

  private tell({ message }: Error): void {
    if (Date.now() < this.tellAgainAt) return;
    this.tellAgainAt = Date.now() + TELL_AGAIN_MS;
    this.logger.warn(`Nothing is cached: ${message}`);
  }
}

function keyOf(address: string): string {
  return `cache:{c}:e:${address}`;
}

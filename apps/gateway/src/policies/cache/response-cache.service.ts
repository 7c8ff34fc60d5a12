import { Store } from '@gatehouse/store';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CacheEntries } from './cache-entry.js';
import { MemoryEntries } from './memory-entries.js';
import { StoreEntries } from './store-entries.js';

/** All answers that are stored take no more than this, whichever route they are of. */
const MAX_MEMORY_BYTES = 67_108_864;
const MAX_STORE_BYTES = 268_435_456;
const REMEMBERED = 50_000;
const UNSTORABLE_MS = 30_000;

/** What the cache policies of all routes share. */
@Injectable()
export class ResponseCache {
  readonly entries: CacheEntries;
  /** Calls that are fetching an answer, by what they fetch: others like them wait. */
  readonly flights = new Map<string, Promise<void>>();
  /** The request fields by which the answers of an address differ, as they said. */
  readonly varying = new LRUCache<string, readonly string[]>({ max: REMEMBERED });
  /** Whose answers could not be stored lately: nobody waits for the next one. */
  readonly unstorable = new LRUCache<string, true>({ max: REMEMBERED, ttl: UNSTORABLE_MS });

  constructor(@Inject(Store) store: Store) {
    this.entries = store.distributed
      ? new StoreEntries(store, MAX_STORE_BYTES)
      : new MemoryEntries(MAX_MEMORY_BYTES);
  }
}

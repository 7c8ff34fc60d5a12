import { type PublicJwks, publicJwks } from '@gatehouse/client';
import { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const CACHED = 1_000;
/** A key that was taken out of a set is believed for this long at most. */
const FRESH_MS = 10 * 60_000;
/** However often an unknown key is named, and however often a fetch fails, a set is asked for no more often than this. */
const COOLDOWN_MS = 30_000;
const MAX_BYTES = 64 * 1024;
const TYPES = ['application/json', 'application/jwk-set+json'];

interface Entry {
  readonly fetchedAt: number;
  readonly keys: Promise<PublicJwks>;
}

/** The key sets behind `jwks_uri` addresses, remembered for a while. */
@Injectable()
export class RemoteKeySets {
  private readonly entries = new LRUCache<string, Entry>({ max: CACHED });

  constructor(@Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch) {}

  /**
   * The set behind a URL.
   * @param missing the caller did not find its key in what it was given before: asks anew, unless that was just done
   * @throws GuardedFetchError when it cannot be had
   */
  get(uri: string, missing = false): Promise<PublicJwks> {
    const known = this.entries.get(uri);
    const age = known ? Date.now() - known.fetchedAt : Infinity;
    if (known && age < (missing ? COOLDOWN_MS : FRESH_MS)) return known.keys;
    const keys = this.load(uri);
    this.entries.set(uri, { fetchedAt: Date.now(), keys });
    // A failure is remembered for the cooldown only.
    keys.catch(() => this.entries.set(uri, { fetchedAt: Date.now() - FRESH_MS + COOLDOWN_MS, keys }));
    return keys;
  }

  private async load(uri: string): Promise<PublicJwks> {
    const response = await this.guardedFetch.fetch(uri, { accept: TYPES, maxBytes: MAX_BYTES });
    const result = publicJwks.safeParse(response.json());
    if (!result.success) throw new GuardedFetchError('The answer is no JWK Set of public keys');
    return result.data;
  }
}

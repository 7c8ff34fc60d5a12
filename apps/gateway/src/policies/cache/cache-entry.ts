import CachePolicy from 'http-cache-semantics';

/** A stored answer: what RFC 9111 needs to know of it, and its body. */
export interface CacheEntry {
  readonly policy: CachePolicy;
  readonly body: Buffer;
  /** By which it can be purged, beside its route and its address. */
  readonly about: EntryAbout;
}

export interface EntryAbout {
  readonly route: string;
  /** Path and query, as the upstream gets them. */
  readonly url: string;
  readonly tags: readonly string[];
}

/** What is to be purged: all that fit what is given. */
export interface PurgeTarget {
  readonly route?: string | undefined;
  readonly url?: string | undefined;
  readonly tag?: string | undefined;
}

/** Where stored answers are. One address has several: by `Vary`, by host, by caller. */
export interface CacheEntries {
  /** Never fails: what cannot be had is not there. */
  get(address: string, variant: string): Promise<CacheEntry | undefined> | CacheEntry | undefined;
  put(address: string, variant: string, entry: CacheEntry, seconds: number): void;
  /** All answers of an address. */
  drop(address: string): void;
  /** @returns how many addresses were purged @throws StoreUnavailableError */
  purge(target: PurgeTarget): Promise<number> | number;
}

/** More at one address are nothing that honest callers need. */
export const MAX_VARIANTS = 50;

export function fits(about: EntryAbout, { route, url, tag }: PurgeTarget): boolean {
  return (
    (route === undefined || about.route === route) &&
    (url === undefined || about.url === url) &&
    (tag === undefined || about.tags.includes(tag))
  );
}

export function encodeEntry({ policy, body, about }: CacheEntry): string {
  return JSON.stringify([policy.toObject(), about, body.toString('base64')]);
}

export function decodeEntry(text: string): CacheEntry {
  const [policy, about, body] = JSON.parse(text) as [CachePolicy.CachePolicyObject, EntryAbout, string];
  return { policy: CachePolicy.fromObject(policy), about, body: Buffer.from(body, 'base64') };
}

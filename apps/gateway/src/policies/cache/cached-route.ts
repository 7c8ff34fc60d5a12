import type { Problem } from '@gatehouse/http';
import CachePolicy from 'http-cache-semantics';
import type { Answer, AnswerHead, OutgoingRequest } from '../../calls/answer.js';
import type { Call } from '../../calls/call.js';
import { hasBody } from '../../calls/has-body.js';
import { tap } from '../tap.js';
import type { CacheSettings } from './cache-definition.js';
import type { CacheEntry } from './cache-entry.js';
import { type CacheKey, cacheKey, isIdentified, UNKEYED } from './cache-key.js';
import {
  askedBy,
  CONDITIONS,
  freshnessOf,
  isFreshAnyway,
  mayRescue,
  mayServeStale,
  secondsOf,
  varyOf,
} from './freshness.js';
import type { ResponseCache } from './response-cache.service.js';
import { listOf, membersOf, storedAnswer, trueOfBody, withoutOwn } from './stored-answer.js';

/** What a call that asks the upstream has to remember until the answer is there. */
interface Asking {
  readonly key: CacheKey;
  /** What is fetched: others who want the same wait for it. */
  readonly flight: string;
  readonly asked: CachePolicy.HttpRequest;
  /** What there was, no longer fresh. */
  readonly stale: CacheEntry | undefined;
  /** Others wait for it; called once, when they need wait no longer. */
  readonly landed: () => void;
  /** The head of the answer as it came to the cache: policies before it have not touched it yet. */
  head?: AnswerHead;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY']);
/** A call waits for others so often, and so long; then it asks by itself. */
const MAX_WAITS = 3;
const WAIT_MS = 2_000;

/** The answers of one route. */
export class CachedRoute {
  private readonly asking = new WeakMap<Call, Asking>();
  /** Calls that may make stored answers invalid, and of which (RFC 9111 §4.4). */
  private readonly changing = new WeakMap<Call, string>();

  constructor(
    private readonly settings: CacheSettings,
    private readonly cache: ResponseCache,
  ) {}

  async ask(call: Call, request: OutgoingRequest): Promise<Answer | undefined> {
    const key = cacheKey(call, request, this.settings.per_caller);
    if (!SAFE.has(request.method)) this.changing.set(call, key.address);
    if (isPassedBy(call, request)) return undefined;
    const asked = askedBy(call, request, this.settings);
    for (let waits = 0; ; waits++) {
      const variant = key.variant(this.varyOf(key));
      const entry = await this.cache.entries.get(key.address, variant);
      const answer = entry && this.fresh(call, asked, entry);
      if (answer) return answer;
      const flight = `${key.address} ${variant}`;
      const other =
        this.mayWait(call, flight) && waits < MAX_WAITS ? this.cache.flights.get(flight) : undefined;
      if (!other) {
        if (request.method === 'GET') this.leave(call, request, { key, asked, stale: entry, flight });
        return undefined;
      }
      if (entry && mayServeStale(entry.policy))
        return this.given(call, entry, 'stale', 'STALE', 'hit; fwd=stale');
      await this.waitFor(flight, other);
      if (call.gone) return undefined;
    }
  }

  /** Of the head: whether the answer is one that was there before, and whether something stands in for an error. */
  see(call: Call, head: AnswerHead): Answer | undefined {
    const changed = this.changing.get(call);
    if (changed !== undefined && head.status < 400 && call.upstreamHeadAt !== undefined)
      this.cache.entries.drop(changed);
    const asking = this.asking.get(call);
    if (!asking) return call.upstreamHeadAt === undefined ? undefined : tellPassed(head);
    const { stale } = asking;
    asking.head = { status: head.status, headers: withoutOwn(call, head.headers) };
    if (stale && head.status === 304) return this.revalidated(call, asking, stale, asking.head);
    if (stale && head.status >= 500 && mayRescue(stale.policy))
      return this.givenInstead(call, stale, head.status);
    const stored = this.storable(asking, asking.head) ? '; stored' : '';
    head.headers.set('x-cache', 'MISS');
    const told = `fwd=${stale ? 'stale' : 'uri-miss'}; fwd-status=${head.status}${stored}`;
    head.headers.append('cache-status', `gatehouse; ${told}`);
    return undefined;
  }

  /** Keeps the body while it goes by. */
  keep(call: Call, { headers: now }: AnswerHead) {
    const asking = this.asking.get(call);
    if (!asking?.head) return undefined;
    const { key, flight, landed } = asking;
    const { max_entry: most } = this.settings;
    const head = { ...asking.head, headers: trueOfBody(asking.head.headers, now) };
    const policy = this.storable(asking, head);
    const giveUp = () => {
      this.cache.unstorable.set(flight, true);
      landed();
    };
    if (!policy || Number(now.get('content-length')) > most) {
      giveUp();
      return undefined;
    }
    const about = { route: call.route.name, url: key.url, tags: this.tagsOf(head) };
    const stored = (body: Buffer) => {
      this.store(key, { policy, body, about });
      landed();
    };
    return tap(most, stored, giveUp);
  }

  /** The upstream has failed: what was there, if that may be. */
  rescue(call: Call, { status }: Problem): Answer | undefined {
    const stale = this.asking.get(call)?.stale;
    return stale && status >= 500 && mayRescue(stale.policy)
      ? this.givenInstead(call, stale, status)
      : undefined;
  }

  private givenInstead(call: Call, entry: CacheEntry, status: number): Answer {
    return this.given(call, entry, 'stale', 'STALE', `hit; fwd=stale; fwd-status=${status}`);
  }

  /** RFC 9111 §4.3.4: a 304 whose validator is another one's updates nothing. Of this call it says that the body is good. */
  private revalidated(
    call: Call,
    { key, asked }: Asking,
    stale: CacheEntry,
    { headers }: AnswerHead,
  ): Answer {
    const response = { status: 304, headers: membersOf(headers) };
    const { policy, matches } = stale.policy.revalidatedPolicy(asked, response);
    const entry = matches ? { ...stale, policy } : stale;
    if (matches && policy.storable()) this.store(key, entry);
    else this.cache.entries.drop(key.address);
    return this.given(call, entry, 'hit', 'REVALIDATED', 'hit; fwd=stale; fwd-status=304');
  }

  /** What may be done with the answer; undefined: it must not be stored. */
  private storable({ key, asked }: Asking, head: AnswerHead): CachePolicy | undefined {
    return key.holds(varyOf(head, this.settings)) ? freshnessOf(asked, head, this.settings) : undefined;
  }

  private fresh(call: Call, asked: CachePolicy.HttpRequest, entry: CacheEntry): Answer | undefined {
    const { policy } = entry;
    const { revalidation } = policy.evaluateRequest(asked);
    const { obey_callers: obeyed } = this.settings;
    if (revalidation && (obeyed || !isFreshAnyway(policy))) return undefined;
    const ttl = Math.max(0, Math.round(policy.maxAge() - policy.age()));
    return this.given(call, entry, 'hit', 'HIT', `hit; ttl=${ttl}`);
  }

  private given(call: Call, entry: CacheEntry, cache: 'hit' | 'stale', how: string, told: string): Answer {
    this.asking.get(call)?.landed();
    this.asking.delete(call);
    call.cache = cache;
    return storedAnswer(entry, call.headers, how, told);
  }

  /** The call goes on to the upstream: for itself, and for those who wait. */
  private leave(
    call: Call,
    { headers }: OutgoingRequest,
    asking: Pick<Asking, 'key' | 'asked' | 'stale' | 'flight'>,
  ): void {
    call.cache = 'miss';
    for (const name of UNKEYED) headers.deleteSpellings(name);
    const { asked, stale, flight } = asking;
    // The whole answer is wanted, unless it is the one that is here already.
    if (stale || !this.cache.unstorable.has(flight)) for (const name of CONDITIONS) headers.delete(name);
    const conditions = stale ? listOf(stale.policy.revalidationHeaders(asked)) : undefined;
    for (const name of CONDITIONS) {
      const value = conditions?.get(name);
      if (value !== undefined) headers.set(name, value);
    }
    const landed = this.takeOff(flight);
    call.atEnd(landed);
    this.asking.set(call, { ...asking, landed });
  }

  private takeOff(flight: string): () => void {
    const { flights } = this.cache;
    if (flights.has(flight)) return () => undefined;
    const { promise, resolve } = deferred();
    flights.set(flight, promise);
    return () => {
      if (flights.get(flight) === promise) flights.delete(flight);
      resolve();
    };
  }

  /**
   * Waits for the answer of another call. It comes as fast as that caller reads: where that takes long, whoever waited
   * first asks in its place.
   */
  private async waitFor(flight: string, other: Promise<void>): Promise<void> {
    const { flights } = this.cache;
    await settledWithin(other, WAIT_MS);
    if (flights.get(flight) === other) flights.delete(flight);
  }

  /** Whose answer will hardly be theirs alone: nobody waits for what is not stored in the end. */
  private mayWait(call: Call, flight: string): boolean {
    if (!this.settings.collapse || this.cache.unstorable.has(flight)) return false;
    return (
      this.settings.per_caller || !isIdentified(call) || this.cache.varying.has(flight.split(' ', 1)[0]!)
    );
  }

  private varyOf({ address }: CacheKey): readonly string[] {
    return this.cache.varying.get(address) ?? this.settings.key_headers;
  }

  private store(key: CacheKey, entry: CacheEntry): void {
    const varying = varyOf({ headers: listOf(entry.policy.responseHeaders()) }, this.settings);
    this.cache.varying.set(key.address, varying);
    this.cache.entries.put(key.address, key.variant(varying), entry, secondsOf(entry.policy, this.settings));
  }

  private tagsOf({ headers }: AnswerHead): string[] {
    return headers
      .all(this.settings.tags_header)
      .join()
      .split(/[\s,]+/)
      .filter((tag) => tag !== '')
      .slice(0, 50);
  }
}

/** Whether the cache has no part in it: other methods and protocols, parts, and bodies that no key could hold. */
function isPassedBy(call: Call, { method, headers }: OutgoingRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return true;
  return call.upgrade !== undefined || hasBody(call) || headers.has('range') || headers.has('if-range');
}

function tellPassed({ headers }: AnswerHead): undefined {
  headers.set('x-cache', 'BYPASS');
  headers.append('cache-status', 'gatehouse; fwd=bypass');
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Resolves when the promise has, or after so many milliseconds. */
function settledWithin(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * What expires: codes, sessions, replay caches, counters. One contract over Redis and over this process's memory;
 * `store.contract.spec.ts` holds both to it. Keys are given without the app's prefix; values are text.
 */
export abstract class Store {
  /** The value, or undefined when it was never set or has expired. */
  abstract get(key: string): Promise<string | undefined>;

  /** Sets the value, replacing an earlier one and its lifetime. */
  abstract set(key: string, value: string, ttlSeconds: number): Promise<void>;

  /** Sets the value unless the key has one (SET NX): true for exactly one of many callers. */
  abstract add(key: string, value: string, ttlSeconds: number): Promise<boolean>;

  /** Reads and deletes (GETDEL): the value goes to exactly one of many callers. */
  abstract take(key: string): Promise<string | undefined>;

  /** Replaces an existing value, keeps its lifetime, and returns what stood there; without one, does nothing. */
  async exchange(key: string, value: string): Promise<string | undefined> {
    return (await this.run(EXCHANGE, [key], [value])) ?? undefined;
  }

  abstract delete(...keys: string[]): Promise<void>;

  /** Runs a script that nothing else can come between. */
  abstract run<Reply>(script: AtomicScript<Reply>, keys: string[], args: (string | number)[]): Promise<Reply>;

  /** Answers when the store does. @throws when it is away */
  abstract ping(): Promise<void>;

  /** Whether other processes see the same data. */
  abstract readonly distributed: boolean;

  /** Whether all keys of one script must share a slot (Redis Cluster). */
  readonly clustered: boolean = false;

  abstract close(): Promise<void>;
}

/**
 * A state change that must happen once, said twice: in Lua for Redis, and over a `Keyspace` for the in-process store.
 * In a Redis Cluster all keys of one run must share a slot: put the common part in {braces}.
 */
export interface AtomicScript<Reply> {
  /** Its callers put many into one run already: a run is sent at once, and not held back for others to join it. */
  readonly batched?: boolean;
  /** What it keeps are counters. Callers can make any number of them, so the in-process store bounds them apart. */
  readonly counts?: boolean;
  /** Gets KEYS and ARGV; what it returns is what `Reply` says. */
  readonly lua: string;
  /** The same in this process; `args` arrive as text, as they do in Lua. */
  local(keyspace: Keyspace, keys: readonly string[], args: readonly string[]): Reply;
}

/** The in-process counterpart of `redis.call`, for scripts. Times are in milliseconds. */
export interface Keyspace {
  get(key: string): string | undefined;
  /** Without a lifetime the key keeps the one it has. */
  set(key: string, value: string, ttlMs?: number): void;
  delete(key: string): void;
  /** What is left of the key's lifetime, or 0. */
  ttl(key: string): number;
  /** Whether all of these can be set: a store in memory takes only so many that are new. */
  fits(keys: readonly string[]): boolean;
  now(): number;
}

/** The store cannot answer; callers fail closed. */
export class StoreUnavailableError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`The store is not available: ${reason}`, options);
    this.name = 'StoreUnavailableError';
  }
}

/** An in-process store takes nothing new: what had to be kept fails, and all that is kept already goes on. */
export class StoreFullError extends StoreUnavailableError {}

const EXCHANGE: AtomicScript<string | null> = {
  lua: `local before = redis.call('GET', KEYS[1])
if before then redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL') end
return before`,
  local(keyspace, [key], [value]) {
    const before = keyspace.get(key!);
    if (before !== undefined) keyspace.set(key!, value!);
    return before ?? null;
  },
};

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type AtomicScript, type Keyspace, Store, StoreFullError } from './store.js';

interface Entry {
  value: string;
  expiresAt: number;
  readonly isCounter: boolean;
}

type Row = [key: string, value: string, expiresAt: number, isCounter: boolean];

const MAX_ENTRIES = 1_000_000;
const MAX_COUNTERS = 500_000;
/** While it is full, everybody who writes something new would look through all of it. */
const SWEEP_AGAIN_MS = 1_000;

export interface MemoryStoreOptions {
  /** Entries held at once besides counters; past it a write is refused. Default 1,000,000. */
  readonly maxEntries?: number;
  /** Counters held at once, so that whoever makes many leaves room for sessions and codes. Default 500,000. */
  readonly maxCounters?: number;
  /** Kept here over a restart (mode 0600), written every `snapshotMs` when something changed, and on close. */
  readonly file?: string;
  readonly snapshotMs?: number;
  /** Told each time the file cannot be written, as a full disk ends no process, and while the store is full. */
  readonly onError?: (error: Error) => void;
}

/** The store of a single process: the same contract as Redis, nothing to install. */
export class MemoryStore extends Store {
  override readonly distributed = false;
  private readonly entries = new Map<string, Entry>();
  private readonly maxEntries: number;
  private readonly maxCounters: number;
  private readonly file: string | undefined;
  private readonly onError: (error: Error) => void;
  private readonly timers: NodeJS.Timeout[] = [];
  private changed = false;
  private counters = 0;
  private sweepAgainAt = 0;
  private readonly keyspace = this.keyspaceOf(false);
  private readonly counterKeyspace = this.keyspaceOf(true);

  constructor(options: MemoryStoreOptions = {}) {
    super();
    this.maxEntries = options.maxEntries ?? MAX_ENTRIES;
    this.maxCounters = options.maxCounters ?? MAX_COUNTERS;
    this.file = options.file;
    this.onError = options.onError ?? (() => undefined);
    this.timers.push(setInterval(() => this.sweep(), 30_000).unref());
    if (!this.file) return;
    this.load(this.file);
    this.timers.push(setInterval(() => this.save(), options.snapshotMs ?? 2_000).unref());
  }

  override async get(key: string) {
    return this.read(key)?.value;
  }

  override async set(key: string, value: string, ttlSeconds: number) {
    this.write(key, value, ttlSeconds * 1000);
  }

  override async add(key: string, value: string, ttlSeconds: number) {
    if (this.read(key)) return false;
    this.write(key, value, ttlSeconds * 1000);
    return true;
  }

  override async take(key: string) {
    const entry = this.read(key);
    this.remove(key);
    return entry?.value;
  }

  override async delete(...keys: string[]) {
    for (const key of keys) this.remove(key);
  }

  override async run<Reply>(script: AtomicScript<Reply>, keys: string[], args: (string | number)[]) {
    const keyspace = script.counts ? this.counterKeyspace : this.keyspace;
    return script.local(keyspace, keys, args.map(String));
  }

  override async ping() {}

  override async close() {
    for (const timer of this.timers) clearInterval(timer);
    this.save();
  }

  private keyspaceOf(isCounter: boolean): Keyspace {
    return {
      get: (key) => this.read(key)?.value,
      set: (key, value, ttlMs) => this.write(key, value, ttlMs, isCounter),
      delete: (key) => void this.remove(key),
      ttl: (key) => Math.max(0, (this.read(key)?.expiresAt ?? 0) - Date.now()),
      fits: (keys) => this.fits(keys, isCounter),
      now: () => Date.now(),
    };
  }

  private read(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > Date.now()) return entry;
    this.forget(key, entry);
    return undefined;
  }

  private write(key: string, value: string, ttlMs?: number, isCounter = false): void {
    const entry = this.read(key);
    if (entry) {
      entry.value = value;
      if (ttlMs !== undefined) entry.expiresAt = Date.now() + ttlMs;
    } else {
      if (ttlMs === undefined) throw new RangeError(`A new key needs a lifetime: ${key}`);
      // Forgetting a live replay marker or counter to make room would fail open.
      if (!this.fits([key], isCounter)) throw this.full(isCounter);
      this.keep(key, { value, expiresAt: Date.now() + ttlMs, isCounter });
    }
    this.changed = true;
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.forget(key, entry);
    this.changed = true;
  }

  private keep(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    if (entry.isCounter) this.counters += 1;
  }

  private forget(key: string, { isCounter }: Entry): void {
    this.entries.delete(key);
    if (isCounter) this.counters -= 1;
  }

  private fits(keys: readonly string[], isCounter: boolean): boolean {
    if (this.room(isCounter) >= keys.length) return true;
    const added = keys.filter((key) => !this.read(key)).length;
    if (this.room(isCounter) >= added) return true;
    const now = Date.now();
    if (now < this.sweepAgainAt) return false;
    this.sweepAgainAt = now + SWEEP_AGAIN_MS;
    this.sweep();
    if (this.room(isCounter) >= added) return true;
    this.onError(this.full(isCounter));
    return false;
  }

  private room(isCounter: boolean): number {
    if (isCounter) return this.maxCounters - this.counters;
    return this.maxEntries - (this.entries.size - this.counters);
  }

  private full(isCounter: boolean): StoreFullError {
    const held = isCounter ? `${this.maxCounters} counters` : `${this.maxEntries} entries`;
    return new StoreFullError(`the in-process store is full (${held}); set REDIS_URL`);
  }

  private sweep(): void {
    const now = Date.now();
    for (const [key, entry] of this.entries) if (entry.expiresAt <= now) this.forget(key, entry);
  }

  private load(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return; // The first start.
    }
    try {
      for (const [key, value, expiresAt, isCounter] of JSON.parse(text) as Row[]) {
        this.keep(key, { value, expiresAt, isCounter });
      }
    } catch {
      // A snapshot is a convenience; what it held expires anyway.
      this.entries.clear();
      this.counters = 0;
    }
    this.sweep();
  }

  private save(): void {
    if (!this.file || !this.changed) return;
    this.changed = false;
    this.sweep();
    const rows = [...this.entries].map(([key, { value, expiresAt, isCounter }]): Row => [
      key,
      value,
      expiresAt,
      isCounter,
    ]);
    try {
      writeFileSync(`${this.file}.new`, JSON.stringify(rows), { mode: 0o600 });
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      this.changed = true;
      const { message } = error as Error;
      this.onError(
        new Error(`The in-process store is not kept over a restart: ${message}`, { cause: error }),
      );
    }
  }
}

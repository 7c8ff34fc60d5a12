import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type AtomicScript, type Keyspace, Store, StoreUnavailableError } from './store.js';

interface Entry {
  value: string;
  expiresAt: number;
}

export interface MemoryStoreOptions {
  /** Entries held at once; past it a write is refused. Default 1,000,000. */
  readonly maxEntries?: number;
  /** Kept here over a restart (mode 0600), written every `snapshotMs` when something changed, and on close. */
  readonly file?: string;
  readonly snapshotMs?: number;
  /** Told each time the file cannot be written: a full disk ends no process. */
  readonly onError?: (error: Error) => void;
}

/** The store of a single process: the same contract as Redis, nothing to install. */
export class MemoryStore extends Store {
  override readonly distributed = false;
  private readonly entries = new Map<string, Entry>();
  private readonly maxEntries: number;
  private readonly file: string | undefined;
  private readonly onError: (error: Error) => void;
  private readonly timers: NodeJS.Timeout[] = [];
  private changed = false;

  private readonly keyspace: Keyspace = {
    get: (key) => this.read(key)?.value,
    set: (key, value, ttlMs) => this.write(key, value, ttlMs),
    delete: (key) => void this.remove(key),
    ttl: (key) => Math.max(0, (this.read(key)?.expiresAt ?? 0) - Date.now()),
    now: () => Date.now(),
  };

  constructor(options: MemoryStoreOptions = {}) {
    super();
    this.maxEntries = options.maxEntries ?? 1_000_000;
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
    return script.local(this.keyspace, keys, args.map(String));
  }

  override async ping() {}

  override async close() {
    for (const timer of this.timers) clearInterval(timer);
    this.save();
  }

  private read(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > Date.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private write(key: string, value: string, ttlMs?: number): void {
    const entry = this.read(key);
    if (entry) {
      entry.value = value;
      if (ttlMs !== undefined) entry.expiresAt = Date.now() + ttlMs;
    } else {
      if (ttlMs === undefined) throw new RangeError(`A new key needs a lifetime: ${key}`);
      this.makeRoom();
      this.entries.set(key, { value, expiresAt: Date.now() + ttlMs });
    }
    this.changed = true;
  }

  private remove(key: string): void {
    if (this.entries.delete(key)) this.changed = true;
  }

  private makeRoom(): void {
    if (this.entries.size < this.maxEntries) return;
    this.sweep();
    if (this.entries.size >= this.maxEntries) {
      // Forgetting a live replay marker or counter to make room would fail open.
      throw new StoreUnavailableError(
        `the in-process store is full (${this.maxEntries} entries); set REDIS_URL`,
      );
    }
  }

  private sweep(): void {
    const now = Date.now();
    for (const [key, entry] of this.entries) if (entry.expiresAt <= now) this.entries.delete(key);
  }

  private load(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return; // The first start.
    }
    try {
      for (const [key, value, expiresAt] of JSON.parse(text) as [string, string, number][]) {
        this.entries.set(key, { value, expiresAt });
      }
    } catch {
      this.entries.clear(); // A snapshot is a convenience; what it held expires anyway.
    }
    this.sweep();
  }

  private save(): void {
    if (!this.file || !this.changed) return;
    this.changed = false;
    this.sweep();
    const rows = [...this.entries].map(([key, entry]) => [key, entry.value, entry.expiresAt]);
    try {
      writeFileSync(`${this.file}.new`, JSON.stringify(rows), { mode: 0o600 });
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      this.changed = true;
      this.onError(error as Error);
    }
  }
}

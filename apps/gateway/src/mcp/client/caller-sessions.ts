import { LRUCache } from 'lru-cache';
import type { Session } from './http-exchange.js';

const MAX_SESSIONS = 10_000;
/** Callers name their sessions themselves: with as many as they like they would put an end to those of others. */
const MAX_OF_ONE = 250;
const IDLE_MS = 600_000;

interface Kept {
  readonly caller: string;
  readonly opening: Promise<Session>;
}

/** The sessions at one server, by what callers call their own. */
export class CallerSessions {
  private readonly kept = new LRUCache<string, Kept>({
    max: MAX_SESSIONS,
    ttl: IDLE_MS,
    updateAgeOnGet: true,
    dispose: ({ caller }, key) => this.forget(caller, key),
  });
  /** Of each caller, the one first that was used longest ago. */
  private readonly keys = new Map<string, Set<string>>();

  get(key: string): Promise<Session> | undefined {
    const found = this.kept.get(key);
    if (found) this.use(found.caller, key);
    return found?.opening;
  }

  /** @returns the caller's session that had to make room */
  set(key: string, caller: string, opening: Promise<Session>): Promise<Session> | undefined {
    this.kept.set(key, { caller, opening });
    const keys = this.use(caller, key);
    if (keys.size <= MAX_OF_ONE) return undefined;
    const [oldest] = keys;
    const left = this.kept.peek(oldest!)?.opening;
    this.kept.delete(oldest!);
    return left;
  }

  delete(key: string): void {
    this.kept.delete(key);
  }

  private use(caller: string, key: string): Set<string> {
    const keys = this.keys.get(caller) ?? new Set();
    this.keys.set(caller, keys);
    keys.delete(key);
    return keys.add(key);
  }

  private forget(caller: string, key: string): void {
    const keys = this.keys.get(caller);
    keys?.delete(key);
    if (keys?.size === 0) this.keys.delete(caller);
  }
}

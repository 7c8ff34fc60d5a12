import { type AtomicScript, Store } from '@gatehouse/store';
import { hashOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { isLogLevel, type LogLevel, type WantedLog } from '../protocol/log-level.js';

/** After the last request of a session. */
const KEPT_S = 3_600;
const MAX_KNOWN = 10_000;
/** After which another replica has noticed what was set at one. */
const FRESH_MS = 10_000;

/** From which level on clients want to hear of logs, by their sessions (MCP 2025-11-25, Logging). */
@Injectable()
export class LogLevels {
  private readonly known = new LRUCache<string, WantedLog>({ max: MAX_KNOWN, ttl: FRESH_MS });

  constructor(@Inject(Store) private readonly store: Store) {}

  /** @param asker whoever can be told apart, see `askerKey` */
  async set(asker: string, level: LogLevel): Promise<void> {
    await this.store.run(KEEP, [keyOf(asker)], [level, KEPT_S]);
    this.known.set(asker, level);
  }

  async of(asker: string | undefined): Promise<WantedLog> {
    if (asker === undefined) return 'unsaid';
    const known = this.known.get(asker);
    if (known) return known;
    const wanted = await this.kept(asker);
    this.known.set(asker, wanted);
    return wanted;
  }

  /** No call is to fail for what is said beside it. */
  private async kept(asker: string): Promise<WantedLog> {
    try {
      const level = await this.store.get(keyOf(asker));
      if (!isLogLevel(level)) return 'unsaid';
      await this.store.run(KEEP, [keyOf(asker)], [level, KEPT_S]);
      return level;
    } catch {
      return 'unsaid';
    }
  }
}

/** Whoever makes many sessions must not fill the store of logins. */
const KEEP: AtomicScript<string> = {
  counts: true,
  lua: `redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) return ARGV[1]`,
  local(keyspace, [key], [level, seconds]) {
    keyspace.set(key!, level!, Number(seconds) * 1_000);
    return level!;
  },
};

function keyOf(asker: string): string {
  return `mcp-log:${hashOf(asker)}`;
}

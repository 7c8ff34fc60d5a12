import type { AtomicScript } from '@gatehouse/store';

/** One counter of a request: at most `limit` in each window of `windowMs`, which begins with its first request. */
export interface Limit {
  /** What the `RateLimit` headers call it. */
  readonly name: string;
  /** The counter's key in the store. All keys of one request share a slot in a Cluster, by {braces}. */
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Counts requests against their limits in one step, charge by charge: a charge is one or more requests that have all
 * their limits in common, and comes out as if they had come one after the other. A request that any limit refuses
 * costs nothing at the others. KEYS: the counters of all charges. ARGV, of each charge: how many counters it has, how
 * many requests it stands for, then limit and window (ms) of each counter. Replies, for each charge: how many of its
 * requests were let through, the index of the limit that refused the others or -1, then used and remaining time (ms)
 * of each counter.
 */
export const CONSUME: AtomicScript<number[]> = {
  batched: true,
  lua: `local reply, r, k, a = {}, 0, 0, 1
while a < #ARGV do
  local counters, granted, refused = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), -1
  local used = {}
  for i = 1, counters do
    used[i] = tonumber(redis.call('GET', KEYS[k + i]) or '0')
    local left = math.max(0, tonumber(ARGV[a + 2 * i]) - used[i])
    if left < granted then granted, refused = left, i - 1 end
  end
  reply[r + 1], reply[r + 2] = granted, refused
  for i = 1, counters do
    local key, window, ttl = KEYS[k + i], ARGV[a + 2 * i + 1], -1
    if granted > 0 then
      local now = redis.call('INCRBY', key, granted)
      if now == granted then redis.call('PEXPIRE', key, window) end
      used[i] = now
    end
    ttl = redis.call('PTTL', key)
    if ttl < 0 then ttl = tonumber(window) end
    reply[r + 1 + 2 * i], reply[r + 2 + 2 * i] = used[i], ttl
  end
  k, a, r = k + counters, a + 2 + 2 * counters, r + 2 + 2 * counters
end
return reply`,
  local(keyspace, keys, args) {
    const reply: number[] = [];
    let k = 0;
    for (let a = 0; a < args.length;) {
      const counters = keys.slice(k, k + Number(args[a]));
      const limits = args.slice(a + 2, a + 2 + 2 * counters.length).map(Number);
      const used = counters.map((key) => Number(keyspace.get(key) ?? 0));
      const left = used.map((count, index) => Math.max(0, limits[2 * index]! - count));
      const granted = Math.min(Number(args[a + 1]), ...left);
      reply.push(granted, granted < Number(args[a + 1]) ? left.indexOf(granted) : -1);
      counters.forEach((key, index) => {
        const windowMs = limits[2 * index + 1]!;
        const count = used[index]! + granted;
        if (granted > 0) keyspace.set(key, String(count), used[index] === 0 ? windowMs : undefined);
        reply.push(count, keyspace.ttl(key) || windowMs);
      });
      k += counters.length;
      a += 2 + 2 * counters.length;
    }
    return reply;
  },
};

/** What became of one limit. */
export interface LimitState extends Limit {
  readonly used: number;
  readonly resetMs: number;
}

/** The counters after a request, and which of them refused it. */
export interface Consumption {
  readonly states: readonly LimitState[];
  readonly refusedBy: LimitState | undefined;
}

/**
 * What a charge's reply says of one of its requests.
 * @param at where the charge's part of the reply begins
 * @param turn which of its requests, from 0
 */
export function readConsumption(
  limits: readonly Limit[],
  reply: readonly number[],
  at: number,
  turn: number,
): Consumption {
  const granted = reply[at]!;
  const countedLater = Math.max(0, granted - turn - 1);
  const states = limits.map(({ name, key, limit, windowMs }, index) => ({
    name,
    key,
    limit,
    windowMs,
    used: reply[at + 2 + 2 * index]! - countedLater,
    resetMs: reply[at + 3 + 2 * index]!,
  }));
  return { states, refusedBy: turn < granted ? undefined : states[reply[at + 1]!] };
}

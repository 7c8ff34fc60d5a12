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
 * Counts a request against all its limits in one step: when any of them is used up none is charged, so a refused
 * request costs nothing elsewhere. KEYS: the counters. ARGV: limit and window (ms) of each.
 * Replies with used and remaining time (ms) of each counter, and last the index of the first exhausted one or -1.
 */
export const CONSUME: AtomicScript<number[]> = {
  lua: `local reply, refused = {}, -1
for i = 1, #KEYS do
  local used = tonumber(redis.call('GET', KEYS[i]) or '0')
  reply[2 * i - 1] = used
  reply[2 * i] = 0
  if used >= tonumber(ARGV[2 * i - 1]) and refused < 0 then refused = i - 1 end
end
for i = 1, #KEYS do
  if refused < 0 then
    reply[2 * i - 1] = redis.call('INCR', KEYS[i])
    if reply[2 * i - 1] == 1 then redis.call('PEXPIRE', KEYS[i], ARGV[2 * i]) end
  end
  local ttl = redis.call('PTTL', KEYS[i])
  if ttl < 0 then ttl = tonumber(ARGV[2 * i]) end
  reply[2 * i] = ttl
end
reply[#reply + 1] = refused
return reply`,
  local(keyspace, keys, args) {
    const used = keys.map((key) => Number(keyspace.get(key) ?? 0));
    const refused = used.findIndex((count, index) => count >= Number(args[2 * index]));
    const reply: number[] = [];
    keys.forEach((key, index) => {
      const windowMs = Number(args[2 * index + 1]);
      let count = used[index]!;
      if (refused < 0) keyspace.set(key, String(++count), count === 1 ? windowMs : undefined);
      reply.push(count, keyspace.ttl(key) || windowMs);
    });
    reply.push(refused);
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

/** Gives the script's flat reply its shape back. */
export function readConsumption(limits: readonly Limit[], reply: readonly number[]): Consumption {
  const states = limits.map((limit, index) => ({
    ...limit,
    used: reply[2 * index]!,
    resetMs: reply[2 * index + 1]!,
  }));
  const refused = reply[2 * limits.length]!;
  return { states, refusedBy: refused < 0 ? undefined : states[refused] };
}

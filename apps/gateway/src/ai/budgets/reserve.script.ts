import type { AtomicScript } from '@gatehouse/store';

/** In place of the budget that refuses: all of them allow it. */
export const ALLOWED = -1;
/** The same: the in-process store keeps no more counters. */
export const NO_ROOM = -2;

/** What a counter keeps: how much is used or reserved, and whether its soft limit was told. */
export const COUNTER = /^(\d+)(!?)$/;

/** How long a reservation can be settled without Redis, where nobody else could see to it. */
const DAY_MS = 86_400_000;

/** Without Redis, reservations are keys of their own. */
export const localKey = (reservations: string, id: string) => `${reservations}:${id}`;

/**
 * Reserves what a call may use, at all of its budgets or at none: looking and counting are one step, so that calls at the
 * same moment do not all see the same rest (LiteLLM #26672, #34732, #40095). What is reserved counts as used until it is
 * settled; where that never happens, it stays so.
 *
 * KEYS: the reservations of this process, the processes, then the counters. ARGV: the reservation, what is known of the
 * call, this process, how long it counts as alive (ms), how long its reservations are kept (ms); of each counter: how much,
 * its limit, how long it is kept (ms). Replies with the index of the counter that refuses, `ALLOWED` or `NO_ROOM`.
 */
export const RESERVE: AtomicScript<number> = {
  counts: true,
  lua: `local next = {}
for i = 3, #KEYS do
  local a = 6 + (i - 3) * 3
  local used, told = string.match(redis.call('GET', KEYS[i]) or '', '^(%d+)(!?)$')
  local sum = tonumber(used or '0') + tonumber(ARGV[a])
  if sum > tonumber(ARGV[a + 1]) then return i - 3 end
  next[i] = string.format('%.0f', sum) .. (told or '')
end
for i = 3, #KEYS do redis.call('SET', KEYS[i], next[i], 'PX', ARGV[8 + (i - 3) * 3]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('HLEN', KEYS[1]) == 1 then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], 'GT', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[4], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return ${ALLOWED}`,
  local(keyspace, [reservations, , ...counters], [id, , , , , ...args]) {
    const next: string[] = [];
    for (const [index, key] of counters.entries()) {
      const [amount, limit] = args.slice(index * 3).map(Number);
      const [, used = '0', told = ''] = COUNTER.exec(keyspace.get(key) ?? '') ?? [];
      const sum = Number(used) + amount!;
      if (sum > limit!) return index;
      next.push(`${sum}${told}`);
    }
    const reservation = localKey(reservations!, id!);
    if (!keyspace.fits([reservation, ...counters])) return NO_ROOM;
    for (const [index, key] of counters.entries()) {
      keyspace.set(key, next[index]!, Number(args[2 + index * 3]));
    }
    keyspace.set(reservation, '1', DAY_MS);
    return ALLOWED;
  },
};

import type { AtomicScript } from '@gatehouse/store';

/** In place of the budget that refuses: all of them allow it. */
export const ALLOWED = -1;
/** The same: the in-process store keeps no more counters. */
export const NO_ROOM = -2;

/** What a counter keeps: how much is used or reserved, and whether its soft limit was told. */
export const COUNTER = /^(\d+)(!?)$/;

/**
 * Reserves what a call may use, at all of its budgets or at none: looking and counting are one step, so that calls at the
 * same moment do not all see the same rest (LiteLLM #26672, #34732, #40095). What is reserved counts as used until it is
 * settled; where that never happens, it stays so.
 *
 * KEYS: the reservation, then the counters. ARGV: how long the reservation can be settled (ms); of each counter: how much,
 * its limit, how long it is kept (ms). Replies with the index of the counter that refuses, `ALLOWED` or `NO_ROOM`.
 */
export const RESERVE: AtomicScript<number> = {
  counts: true,
  lua: `local next = {}
for i = 2, #KEYS do
  local a = 2 + (i - 2) * 3
  local used, told = string.match(redis.call('GET', KEYS[i]) or '', '^(%d+)(!?)$')
  local sum = tonumber(used or '0') + tonumber(ARGV[a])
  if sum > tonumber(ARGV[a + 1]) then return i - 2 end
  next[i] = string.format('%.0f', sum) .. (told or '')
end
for i = 2, #KEYS do redis.call('SET', KEYS[i], next[i], 'PX', ARGV[4 + (i - 2) * 3]) end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return ${ALLOWED}`,
  local(keyspace, keys, args) {
    const [reservation, ...counters] = keys;
    const next: string[] = [];
    for (const [index, key] of counters.entries()) {
      const [amount, limit] = args.slice(1 + index * 3).map(Number);
      const [, used = '0', told = ''] = COUNTER.exec(keyspace.get(key) ?? '') ?? [];
      const sum = Number(used) + amount!;
      if (sum > limit!) return index;
      next.push(`${sum}${told}`);
    }
    if (!keyspace.fits(keys)) return NO_ROOM;
    for (const [index, key] of counters.entries()) {
      keyspace.set(key, next[index]!, Number(args[3 + index * 3]));
    }
    keyspace.set(reservation!, '1', Number(args[0]));
    return ALLOWED;
  },
};

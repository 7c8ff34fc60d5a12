import type { AtomicScript } from '@gatehouse/store';
import { COUNTER_PATTERN, readCounter, writeCounter } from './counter-text.js';

/** In place of the budget that refuses: all of them allow it. */
export const ALLOWED = -1;
/** The same: the in-process store keeps no more counters. */
export const NO_ROOM = -2;

/** Holders of a budget that are listed; those beyond are counted like all others. */
const MAX_HOLDERS = 10_000;
const MAX_LOCAL_HOLDERS = 1_000;
/** How long a reservation can be settled without Redis, where nobody else could see to it. */
const DAY_MS = 86_400_000;

/** Without Redis, reservations are keys of their own. */
export const localKey = (reservations: string, id: string) => `${reservations}:${id}`;

/**
 * Reserves what a call may use, at all of its budgets or at none: looking and counting are one step, so that calls at the
 * same moment do not all see the same rest (LiteLLM #26672, #34732, #40095). What is reserved counts as used until it is
 * settled; where that never happens, it stays so.
 *
 * KEYS: the reservations of this process, the processes, then of each budget the counter and its holders. ARGV: the
 * reservation, what is known of the call, this process, how long it counts as alive (ms), how long its reservations are kept
 * (ms); of each counter: how much, its limit, how long it is kept (ms), whose it is. Replies with the index of the counter
 * that refuses, `ALLOWED` or `NO_ROOM`.
 */
export const RESERVE: AtomicScript<number> = {
  counts: true,
  lua: `local next, new = {}, {}
for i = 3, #KEYS, 2 do
  local a = 6 + (i - 3) * 2
  local used, reserved, told = string.match(redis.call('GET', KEYS[i]) or '', '${COUNTER_PATTERN}')
  local amount = tonumber(ARGV[a])
  local sum = tonumber(used or '0') + amount
  if sum > tonumber(ARGV[a + 1]) then return (i - 3) / 2 end
  next[i] = string.format('%.0f/%.0f!', sum, tonumber(reserved or '0') + amount) .. (told or '0')
  new[i] = not used
end
for i = 3, #KEYS, 2 do
  local a = 6 + (i - 3) * 2
  redis.call('SET', KEYS[i], next[i], 'PX', ARGV[a + 2])
  if new[i] and redis.call('SCARD', KEYS[i + 1]) < ${MAX_HOLDERS} then
    redis.call('SADD', KEYS[i + 1], ARGV[a + 3])
    redis.call('PEXPIRE', KEYS[i + 1], ARGV[a + 2])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('HLEN', KEYS[1]) == 1 then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], 'GT', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[4], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return ${ALLOWED}`,
  local(keyspace, [reservations, , ...keys], [id, , , , , ...args]) {
    const charges = keys
      .filter((_, index) => index % 2 === 0)
      .map((key, index) => {
        const [amount, limit, life, holder] = args.slice(index * 4);
        const known = readCounter(keyspace.get(key));
        const { sum, reserved, told } = known ?? { sum: 0, reserved: 0, told: 0 };
        const next = { sum: sum + Number(amount), reserved: reserved + Number(amount), told };
        return {
          key,
          next,
          limit: Number(limit),
          life: Number(life),
          holders: keys[index * 2 + 1]!,
          holder,
          isNew: !known,
        };
      });
    const refusing = charges.findIndex(({ next, limit }) => next.sum > limit);
    if (refusing >= 0) return refusing;
    const reservation = localKey(reservations!, id!);
    if (!keyspace.fits([reservation, ...keys])) return NO_ROOM;
    for (const { key, next, life, holders, holder, isNew } of charges) {
      keyspace.set(key, writeCounter(next), life);
      if (!isNew) continue;
      const listed = JSON.parse(keyspace.get(holders) ?? '[]') as string[];
      if (listed.length < MAX_LOCAL_HOLDERS) keyspace.set(holders, JSON.stringify([...listed, holder]), life);
    }
    keyspace.set(reservation, '1', DAY_MS);
    return ALLOWED;
  },
};

import type { AtomicScript } from '@gatehouse/store';
import { COUNTER_PATTERN, readCounter, writeCounter } from './counter-text.js';
import { localKey } from './reserve.script.js';

/** Before what is known of a call that is settled, and has no usage record yet. */
export const SETTLED = '!';

/**
 * Puts what a call used in place of what was reserved for it: once, however often it is said.
 *
 * KEYS: the reservations of this process, then the counters. ARGV: the reservation, the record of the call (empty: none is
 * kept); of each counter: what was used, what was reserved, its levels in ascending order, with commas. Replies with four
 * numbers for each counter that has come to a level by this, or to several: its index, the highest level before, the highest
 * now, and what is used.
 */
export const SETTLE: AtomicScript<number[]> = {
  counts: true,
  lua: `local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept or string.sub(kept, 1, 1) == '${SETTLED}' then return {} end
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], '${SETTLED}' .. ARGV[2]) end
local reached = {}
for i = 2, #KEYS do
  local a = 3 + (i - 2) * 3
  local sum, reserved, told = string.match(redis.call('GET', KEYS[i]) or '', '${COUNTER_PATTERN}')
  if sum then
    sum = math.max(0, tonumber(sum) + tonumber(ARGV[a]) - tonumber(ARGV[a + 1]))
    reserved = math.max(0, tonumber(reserved) - tonumber(ARGV[a + 1]))
    told = tonumber(told)
    local highest = told
    for level in string.gmatch(ARGV[a + 2], '%d+') do
      if sum >= tonumber(level) then highest = math.max(highest, tonumber(level)) end
    end
    if highest > told then
      for _, value in ipairs({ i - 2, told, highest, sum }) do reached[#reached + 1] = value end
    end
    redis.call('SET', KEYS[i], string.format('%.0f/%.0f!%.0f', sum, reserved, highest), 'KEEPTTL')
  end
end
return reached`,
  local(keyspace, [reservations, ...counters], [id, , ...args]) {
    const reservation = localKey(reservations!, id!);
    if (keyspace.get(reservation) === undefined) return [];
    keyspace.delete(reservation);
    return counters.flatMap((key, index) => {
      const known = readCounter(keyspace.get(key));
      if (!known) return [];
      const [used, amount] = args.slice(index * 3).map(Number) as [number, number];
      const sum = Math.max(0, known.sum + used - amount);
      const reserved = Math.max(0, known.reserved - amount);
      const levels = args[index * 3 + 2]!.split(',').filter(Boolean).map(Number);
      const told = Math.max(known.told, ...levels.filter((level) => sum >= level));
      keyspace.set(key, writeCounter({ sum, reserved, told }));
      return told > known.told ? [index, known.told, told, sum] : [];
    });
  },
};

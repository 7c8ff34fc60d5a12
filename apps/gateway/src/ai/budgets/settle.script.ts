import type { AtomicScript } from '@gatehouse/store';
import { COUNTER, localKey } from './reserve.script.js';

/** Before what is known of a call that is settled, and has no usage record yet. */
export const SETTLED = '!';

/**
 * Puts what a call used in place of what was reserved for it: once, however often it is said.
 *
 * KEYS: the reservations of this process, then the counters. ARGV: the reservation, the record of the call (empty: none is
 * kept); of each counter: by how much it changes, its soft limit (0: none). Replies with the indices of the counters that
 * have come to their soft limit by this.
 */
export const SETTLE: AtomicScript<number[]> = {
  counts: true,
  lua: `local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept or string.sub(kept, 1, 1) == '${SETTLED}' then return {} end
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], '${SETTLED}' .. ARGV[2]) end
local reached = {}
for i = 2, #KEYS do
  local a = 3 + (i - 2) * 2
  local used, told = string.match(redis.call('GET', KEYS[i]) or '', '^(%d+)(!?)$')
  if used then
    local sum, soft = math.max(0, tonumber(used) + tonumber(ARGV[a])), tonumber(ARGV[a + 1])
    if told == '' and soft > 0 and sum >= soft then
      told = '!'
      reached[#reached + 1] = i - 2
    end
    redis.call('SET', KEYS[i], string.format('%.0f', sum) .. told, 'KEEPTTL')
  end
end
return reached`,
  local(keyspace, [reservations, ...counters], [id, , ...args]) {
    const reservation = localKey(reservations!, id!);
    if (keyspace.get(reservation) === undefined) return [];
    keyspace.delete(reservation);
    return counters.flatMap((key, index) => {
      const kept = COUNTER.exec(keyspace.get(key) ?? '');
      if (!kept) return [];
      const [change, soft] = args.slice(index * 2).map(Number) as [number, number];
      const sum = Math.max(0, Number(kept[1]) + change);
      const reached = kept[2] === '' && soft > 0 && sum >= soft;
      keyspace.set(key, `${sum}${reached ? '!' : kept[2]}`);
      return reached ? [index] : [];
    });
  },
};

import type { AtomicScript } from '@gatehouse/store';
import { SETTLED } from './settle.script.js';

const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * A process is alive, and looks who is not.
 *
 * KEYS: the processes, the reservations of this one. ARGV: this process, how long it counts as alive (ms), how long its
 * reservations are kept (ms). Replies with some of the processes that have not said so in time. Without Redis there are none.
 */
export const RENEW: AtomicScript<string[]> = {
  lua: `${NOW}
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return redis.call('ZRANGE', KEYS[1], '-inf', string.format('(%.0f', now), 'BYSCORE', 'LIMIT', 0, 10)`,
  local: () => [],
};

/**
 * Takes over reservations of a process that has died: each goes to one of many callers, and has its record from then on, so
 * that it would go to the next one with it.
 *
 * KEYS: the processes, the reservations of the dead one, those of this one. ARGV: the dead process, how many at most. Replies
 * with them and what is kept of each in turn; when there is none left, nobody asks for that process again.
 */
export const ADOPT: AtomicScript<string[]> = {
  lua: `${NOW}
local until_ = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not until_ or tonumber(until_) >= now then return {} end
local found = redis.call('HRANDFIELD', KEYS[2], ARGV[2], 'WITHVALUES')
if #found == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
for i = 1, #found, 2 do
  local kept = found[i + 1]
  if string.sub(kept, 1, 1) ~= '${SETTLED}' then kept = '${SETTLED}' .. kept end
  redis.call('HSET', KEYS[3], found[i], kept)
  redis.call('HDEL', KEYS[2], found[i])
end
return found`,
  local: () => [],
};

/** KEYS: the reservations of this process. ARGV: those of which the usage record is written. */
export const RELEASE: AtomicScript<number> = {
  lua: `return redis.call('HDEL', KEYS[1], unpack(ARGV))`,
  local: () => 0,
};

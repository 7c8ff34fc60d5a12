import { type Algorithm, textOf } from './algorithm.js';

/** At most `limit` in each window, which begins with its first request, or ends with the calendar. */
export const FIXED_WINDOW: Algorithm = {
  code: 1,
  lua: `{
  read = function(c)
    c.used = tonumber(text(c.key, '^%d+$') or '0')
    c.free = c.limit - c.used
  end,
  take = function(c, amount)
    if amount < 0 then
      amount = -math.min(-amount, c.used)
      if amount == 0 then return end
    end
    local before = c.used
    c.used = redis.call('INCRBY', c.key, amount)
    if before > 0 or amount < 0 then return end
    if c.extra > 0 then redis.call('PEXPIREAT', c.key, c.extra) else redis.call('PEXPIRE', c.key, c.window) end
  end,
  tell = function(c)
    local reset = redis.call('PTTL', c.key)
    if reset < 0 then reset = c.extra > 0 and math.max(0, c.extra - now()) or c.window end
    return c.used, reset, c.used + c.cost > c.limit and reset or 0
  end
}`,
  read(keyspace, { key, limit, windowMs, extra, cost }) {
    let used = Number(textOf(keyspace, key, /^\d+$/) ?? 0);
    const lifetime = () => (extra > 0 ? Math.max(0, extra - keyspace.now()) : windowMs);
    return {
      free: limit - used,
      take(amount) {
        const begins = used === 0;
        used = Math.max(0, used + amount);
        if (!begins || used > 0) keyspace.set(key, String(used), begins ? lifetime() : undefined);
      },
      tell() {
        const reset = keyspace.ttl(key) || lifetime();
        return [used, reset, used + cost > limit ? reset : 0];
      },
    };
  },
};

import { type Algorithm, numbersOf, textOf } from './algorithm.js';

/** Far below one request: what fits is not refused for the sake of the last bit of a number. */
const ROUNDING = 1e-6;

const SHAPE = /^\d[\d.e+-]* \d+$/;

/**
 * The generic cell rate algorithm (ITU-T I.371, as the continuous-state leaky bucket): a level that each request
 * raises and time lowers by `limit` a window; nothing may raise it above the burst. Under the key: the level, and when it
 * was so (ms since 1970).
 */
export const GCRA: Algorithm = {
  code: 3,
  lua: `{
  read = function(c)
    c.level, c.at = 0, now()
    local found = text(c.key, '^%d[%d.e+-]* %d+$')
    if found then
      local level, at = found:match('(%S+) (%S+)')
      c.level = math.max(0, level - math.max(0, now() - at) * c.limit / c.window)
      c.at = math.max(now(), at)
    end
    c.free = c.extra - c.level + ${ROUNDING}
  end,
  take = function(c, amount)
    c.level = math.max(0, c.level + amount)
    if c.level == 0 then return redis.call('DEL', c.key) end
    local life = math.ceil((c.level - ${ROUNDING}) * c.window / c.limit)
    redis.call('SET', c.key, string.format('%.17g %.0f', c.level, c.at), 'PX', math.max(1, life))
  end,
  tell = function(c)
    local over = c.level + c.cost - c.extra
    local wait = over > ${ROUNDING} and math.ceil((over - ${ROUNDING}) * c.window / c.limit) or 0
    local reset = math.ceil(math.max(0, c.level - ${ROUNDING}) * c.window / c.limit)
    return math.ceil(c.level - ${ROUNDING}), reset, wait
  end
}`,
  read(keyspace, { key, limit, windowMs, extra: burst, cost }) {
    const now = keyspace.now();
    const [before = 0, at = now] = numbersOf(textOf(keyspace, key, SHAPE));
    // A clock that was set back must not lower the level twice.
    const latest = Math.max(now, at);
    const time = (amount: number) => Math.ceil((Math.max(0, amount - ROUNDING) * windowMs) / limit);
    let level = Math.max(0, before - (Math.max(0, now - at) * limit) / windowMs);
    return {
      free: burst - level + ROUNDING,
      take(amount) {
        level = Math.max(0, level + amount);
        if (level === 0) keyspace.delete(key);
        else keyspace.set(key, `${level} ${latest}`, Math.max(1, time(level)));
      },
      tell() {
        const over = level + cost - burst;
        return [Math.max(0, Math.ceil(level - ROUNDING)), time(level), over > ROUNDING ? time(over) : 0];
      },
    };
  },
};

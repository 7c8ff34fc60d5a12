import { type Algorithm, numbersOf, textOf } from './algorithm.js';

/** What a window is counted by. More would be more exact, and more to keep. */
export const SLICES = 20;

const SHAPE = /^\d+ \d+(?: \d+ \d+)*$/;

/**
 * At most `limit` in any window, wherever it begins. What is counted is kept by slices of the window, 20 and the one
 * under way, so that a counter has a size that no limit raises; a use is forgotten when its slice has left the window
 * as a whole: a twentieth of the window late at most, and never early. Under the key: slices that have something, by
 * time, each as its number since 1970 and its sum. What is later than the next one was not counted by this clock, or not by
 * this window: it would never leave.
 */
export const SLIDING_WINDOW: Algorithm = {
  code: 2,
  lua: `{
  read = function(c)
    c.length = c.window / ${SLICES}
    c.slice = math.floor(now() / c.length)
    c.sums, c.used = {}, 0
    for slice, sum in (text(c.key, '^%d+ [%d ]*%d$') or ''):gmatch('(%d+) (%d+)') do
      slice, sum = tonumber(slice), tonumber(sum)
      if slice >= c.slice - ${SLICES} and slice <= c.slice + 1 then
        c.sums[#c.sums + 1] = {slice, sum}
        c.used = c.used + sum
      end
    end
    c.free = c.limit - c.used
  end,
  take = function(c, amount)
    local last = c.sums[#c.sums]
    if amount > 0 and (not last or last[1] < c.slice) then
      last = {c.slice, 0}
      c.sums[#c.sums + 1] = last
    end
    c.used = math.max(0, c.used + amount)
    while last and last[2] + amount <= 0 do
      amount = last[2] + amount
      c.sums[#c.sums] = nil
      last = c.sums[#c.sums]
    end
    if not last then return redis.call('DEL', c.key) end
    last[2] = last[2] + amount
    local parts = {}
    for i, one in ipairs(c.sums) do parts[i] = string.format('%.0f %.0f', one[1], one[2]) end
    redis.call('SET', c.key, table.concat(parts, ' '), 'PX', (last[1] + ${SLICES + 1}) * c.length - now())
  end,
  tell = function(c)
    local free, wait, reset = c.limit - c.used, 0, 0
    for _, one in ipairs(c.sums) do
      reset = (one[1] + ${SLICES + 1}) * c.length - now()
      if free < c.cost then wait = reset end
      free = free + one[2]
    end
    return c.used, reset, wait
  end
}`,
  read(keyspace, { key, limit, windowMs, cost }) {
    const length = windowMs / SLICES;
    const now = keyspace.now();
    const current = Math.floor(now / length);
    const left = (slice: number) => (slice + SLICES + 1) * length - now;
    const numbers = numbersOf(textOf(keyspace, key, SHAPE));
    const sums: [slice: number, sum: number][] = [];
    for (let i = 0; i < numbers.length; i += 2) {
      const slice = numbers[i]!;
      if (slice >= current - SLICES && slice <= current + 1) sums.push([slice, numbers[i + 1]!]);
    }
    let used = sums.reduce((all, [, sum]) => all + sum, 0);
    return {
      free: limit - used,
      take(amount) {
        used = Math.max(0, used + amount);
        if (amount > 0 && (sums.at(-1)?.[0] ?? -1) < current) sums.push([current, 0]);
        let rest = amount;
        while (sums.length > 0 && sums.at(-1)![1] + rest <= 0) rest += sums.pop()![1];
        const last = sums.at(-1);
        if (!last) return keyspace.delete(key);
        last[1] += rest;
        keyspace.set(key, sums.flat().join(' '), left(last[0]));
      },
      tell() {
        let free = limit - used;
        let [reset, wait] = [0, 0];
        for (const [slice, sum] of sums) {
          reset = left(slice);
          if (free < cost) wait = reset;
          free += sum;
        }
        return [used, reset, wait];
      },
    };
  },
};

import type { AtomicScript } from '@gatehouse/store';

/** Takes one use back from each counter that still runs; none falls below 0. KEYS: the counters. */
export const GIVE_BACK: AtomicScript<null> = {
  lua: `for i = 1, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then redis.call('DECR', KEYS[i]) end
end
return nil`,
  local(keyspace, keys) {
    for (const key of keys) {
      const used = Number(keyspace.get(key) ?? 0);
      if (used > 0) keyspace.set(key, String(used - 1));
    }
    return null;
  },
};

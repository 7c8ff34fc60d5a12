import type { AtomicScript } from '@gatehouse/store';

/** Looks at counters. KEYS: them. Replies with what each keeps, or an empty text. */
export const LOOK: AtomicScript<string[]> = {
  lua: `local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('GET', key) or '' end
return found`,
  local: (keyspace, keys) => keys.map((key) => keyspace.get(key) ?? ''),
};

/** KEYS: the holders of a budget in a period. Replies with them. */
export const HOLDERS: AtomicScript<string[]> = {
  lua: `return redis.call('SMEMBERS', KEYS[1])`,
  local: (keyspace, [key]) => JSON.parse(keyspace.get(key!) ?? '[]') as string[],
};

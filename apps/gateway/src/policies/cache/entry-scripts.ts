import type { AtomicScript } from '@gatehouse/store';

/**
 * All keys share a slot of a Redis Cluster. Beside the entries (a hash for each address, by variant) there are: when each
 * expires, how large it is, what it is about, and how large all are together.
 */
export const INDEX_KEYS = [
  'cache:{c}:expiry',
  'cache:{c}:sizes',
  'cache:{c}:about',
  'cache:{c}:total',
] as const;

const FORGET = `local function forget(entry)
  redis.call('DEL', entry)
  redis.call('ZREM', KEYS[2], entry)
  redis.call('DECRBY', KEYS[5], redis.call('HGET', KEYS[3], entry) or 0)
  redis.call('HDEL', KEYS[3], entry)
  redis.call('HDEL', KEYS[4], entry)
end
`;

/** ARGV: variant, entry, lifetime in milliseconds, its size, the limit of all, variants at most, what it is about. */
export const PUT: AtomicScript<null> = {
  lua: `${FORGET}
local now = tonumber(redis.call('TIME')[1]) * 1000
local lifetime, size, limit = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[6]) or redis.call('EXISTS', KEYS[1]) == 0 then forget(KEYS[1]) end
size = size - (redis.call('HSTRLEN', KEYS[1], ARGV[1]) or 0)
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do forget(entry) end
for _ = 1, 1000 do
  if tonumber(redis.call('GET', KEYS[5]) or '0') + size <= limit then break end
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not first then redis.call('DEL', KEYS[5]) break end
  forget(first)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < lifetime then redis.call('PEXPIRE', KEYS[1], lifetime) end
redis.call('ZADD', KEYS[2], 'GT', now + lifetime, KEYS[1])
redis.call('HINCRBY', KEYS[3], KEYS[1], size)
redis.call('HSET', KEYS[4], KEYS[1], ARGV[7])
redis.call('INCRBY', KEYS[5], size)
return nil`,
  local: () => null,
};

/** ARGV: variant. */
export const GET: AtomicScript<string | null> = {
  lua: `return redis.call('HGET', KEYS[1], ARGV[1])`,
  local: () => null,
};

export const DROP: AtomicScript<null> = {
  lua: `${FORGET}
if redis.call('EXISTS', KEYS[1]) == 1 then forget(KEYS[1]) end
return nil`,
  local: () => null,
};

/** KEYS[1] is not used. ARGV: the target as JSON. Returns how many addresses were purged. */
export const PURGE: AtomicScript<number> = {
  lua: `${FORGET}
local target = cjson.decode(ARGV[1])
local all = redis.call('HGETALL', KEYS[4])
local purged = 0
for i = 1, #all, 2 do
  local about = cjson.decode(all[i + 1])
  local fits = (not target.route or target.route == about.route) and (not target.url or target.url == about.url)
  if fits and target.tag then
    fits = false
    for _, tag in ipairs(about.tags) do if tag == target.tag then fits = true end end
  end
  if fits then
    forget(all[i])
    purged = purged + 1
  end
end
return purged`,
  local: () => 0,
};

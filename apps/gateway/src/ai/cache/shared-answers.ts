import type { AtomicScript, Store } from '@gatehouse/store';
import type { AnswerAbout, AnswerStore, Found, PurgeTarget } from './answer-store.js';

/**
 * All keys share a slot of a Redis Cluster. Beside the answers there are: when each expires, how large it is, what it is
 * about, how large all are together, and how often answers were purged.
 */
const INDEX = ['expiry', 'sizes', 'about', 'total', 'purges'].map((name) => `ai-cache:{ai-cache}:${name}`);
const PURGES = INDEX[4]!;

const GET: AtomicScript<[string | null, string]> = {
  lua: `return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) or '0'}`,
  local: () => [null, '0'],
};

const FORGET = `local function forget(answer)
  redis.call('DEL', answer)
  redis.call('ZREM', KEYS[2], answer)
  redis.call('DECRBY', KEYS[5], redis.call('HGET', KEYS[3], answer) or 0)
  redis.call('HDEL', KEYS[3], answer)
  redis.call('HDEL', KEYS[4], answer)
end
`;

/** ARGV: the answer, its lifetime in milliseconds, the limit of all, what it is about, how often had been purged. */
const PUT: AtomicScript<null> = {
  lua: `${FORGET}
if (redis.call('GET', KEYS[6]) or '0') ~= ARGV[5] then return nil end
local now = tonumber(redis.call('TIME')[1]) * 1000
local lifetime, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
local size = #ARGV[1]
forget(KEYS[1])
for _, answer in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do forget(answer) end
for _ = 1, 1000 do
  if tonumber(redis.call('GET', KEYS[5]) or '0') + size <= limit then break end
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not first then redis.call('DEL', KEYS[5]) break end
  forget(first)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', lifetime)
redis.call('ZADD', KEYS[2], now + lifetime, KEYS[1])
redis.call('HSET', KEYS[3], KEYS[1], size)
redis.call('HSET', KEYS[4], KEYS[1], ARGV[4])
redis.call('INCRBY', KEYS[5], size)
return nil`,
  local: () => null,
};

/** KEYS[1] is not used. ARGV: the target as JSON. Returns how many answers were purged. */
const PURGE: AtomicScript<number> = {
  lua: `${FORGET}
redis.call('INCR', KEYS[6])
local target = cjson.decode(ARGV[1])
local all = redis.call('HGETALL', KEYS[4])
local purged = 0
for i = 1, #all, 2 do
  local about = cjson.decode(all[i + 1])
  local fits = true
  for name, value in pairs(target) do fits = fits and about[name] == value end
  if fits then
    if redis.call('EXISTS', all[i]) == 1 then purged = purged + 1 end
    forget(all[i])
  end
end
return purged`,
  local: () => 0,
};

/** Answers that all replicas share, in Redis; those that expire soonest make room. */
export class SharedAnswers implements AnswerStore {
  constructor(
    private readonly store: Store,
    private readonly maxBytes: number,
  ) {}

  async get(key: string): Promise<Found> {
    const [text, epoch] = await this.store.run(GET, [keyOf(key), PURGES], []);
    return { text: text ?? undefined, epoch };
  }

  async put(key: string, text: string, ttlMs: number, about: AnswerAbout, epoch: string): Promise<void> {
    if (text.length > this.maxBytes) return;
    const args = [text, ttlMs, this.maxBytes, JSON.stringify(about), epoch];
    await this.store.run(PUT, [keyOf(key), ...INDEX], args);
  }

  purge(target: PurgeTarget): Promise<number> {
    return this.store.run(PURGE, [keyOf('none'), ...INDEX], [JSON.stringify(target)]);
  }
}

function keyOf(key: string): string {
  return `ai-cache:{ai-cache}:a:${key}`;
}

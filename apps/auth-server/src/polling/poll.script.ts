import type { AtomicScript } from '@gatehouse/store';

/** What a poll came to: `slow_down`, `pending`, or the answer, which is handed out this once. */
export type PollReply = readonly ['slow_down' | 'pending' | 'gone'] | readonly ['answered', string];

/** Milliseconds that a client may come early: networks are not even. */
const TOLERANCE_MS = 500;
/** RFC 8628 §3.5: added for good by each poll that comes too soon. */
const SLOWER_S = 5;

/**
 * One poll. Whoever comes sooner than the interval is told to slow down, and the interval grows; else an answer that is
 * there goes to this caller and ends the request. KEYS: interval (s), recent poll, answer, request.
 */
export const POLL: AtomicScript<PollReply> = {
  lua: `local interval = tonumber(redis.call('GET', KEYS[1]) or '0')
if interval == 0 then return {'gone'} end
if redis.call('EXISTS', KEYS[2]) == 1 then
  interval = interval + ${SLOWER_S}
  redis.call('SET', KEYS[1], interval, 'KEEPTTL')
  redis.call('SET', KEYS[2], '', 'PX', interval * 1000 - ${TOLERANCE_MS})
  return {'slow_down'}
end
redis.call('SET', KEYS[2], '', 'PX', interval * 1000 - ${TOLERANCE_MS})
local answer = redis.call('GET', KEYS[3])
if not answer then return {'pending'} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return {'answered', answer}`,
  local(keyspace, [interval, recent, answer, request]) {
    const seconds = Number(keyspace.get(interval!) ?? 0);
    if (seconds === 0) return ['gone'];
    const tooSoon = keyspace.get(recent!) !== undefined;
    const now = tooSoon ? seconds + SLOWER_S : seconds;
    keyspace.set(recent!, '', now * 1000 - TOLERANCE_MS);
    if (tooSoon) {
      keyspace.set(interval!, String(now));
      return ['slow_down'];
    }
    const found = keyspace.get(answer!);
    if (found === undefined) return ['pending'];
    for (const key of [interval, recent, answer, request]) keyspace.delete(key!);
    return ['answered', found];
  },
};

import type { AtomicScript, Keyspace, RedisStore } from '@gatehouse/store';
import { chargeArguments, CONSUME, readConsumption } from '../consume.script.js';
import type { Consumption, Limit } from '../limit.js';

/** Counts at times that a test says. */
export interface ClockedCounter {
  charge(now: number, limits: readonly Limit[], requests?: number, process?: string): Promise<Consumption>;
}

/** The in-process half of the script, over a keyspace whose clock stands still. */
export function inProcess(): ClockedCounter & {
  texts: ReadonlyMap<string, string>;
  /** Leaves a text under a key, for good. */
  put(key: string, text: string): void;
} {
  let now = 0;
  const texts = new Map<string, string>();
  const ends = new Map<string, number>();
  const living = (key: string) => ((ends.get(key) ?? 0) > now ? texts.get(key) : undefined);
  const keyspace: Keyspace = {
    get: living,
    set: (key, value, ttlMs) => {
      texts.set(key, value);
      if (ttlMs !== undefined) ends.set(key, now + ttlMs);
    },
    delete: (key) => void texts.delete(key),
    fits: () => true,
    ttl: (key) => (living(key) === undefined ? 0 : ends.get(key)! - now),
    now: () => now,
  };
  return {
    texts,
    put: (key, text) => {
      texts.set(key, text);
      ends.set(key, Infinity);
    },
    charge: async (at, limits, requests = 1, process = 'me') => {
      now = at;
      const [keys, args] = commandOf(limits, requests, process);
      return readConsumption(limits, CONSUME.local(keyspace, keys, args.map(String)), 0, 0);
    },
  };
}

/**
 * The Lua half, told the time by a key of its own. What expires does so in real time, which is later.
 * @param prefix of the store's keys
 */
export function onRedis(store: RedisStore, prefix: string): ClockedCounter {
  const told: AtomicScript<number[]> = {
    ...CONSUME,
    lua: CONSUME.lua.replace("redis.call('TIME')", `{0, redis.call('GET', '${prefix}clock') * 1000}`),
  };
  return {
    charge: async (at, limits, requests = 1, process = 'me') => {
      const [keys, args] = commandOf(limits, requests, process);
      await store.set('clock', String(at), 3_600);
      return readConsumption(limits, await store.run(told, keys, args), 0, 0);
    },
  };
}

function commandOf(limits: readonly Limit[], requests: number, process: string) {
  const args: (string | number)[] = [process, 0];
  chargeArguments(limits, requests, args);
  return [limits.map(({ key }) => key), args] as const satisfies [string[], (string | number)[]];
}

/** The same numbers for the same seed (mulberry32): a fault that was found is found again. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

import type { Keyspace } from '@gatehouse/store';

/** A counter as the script is told it. */
export interface Terms {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** Of `gcra` the burst; of a window that ends with the calendar its end; else 0. */
  readonly extra: number;
  readonly cost: number;
}

/** A counter as it is found, and what can be done to it. */
export interface Counter {
  /** What still fits; below 0 where a limit was lowered. */
  readonly free: number;
  /** Of `concurrency`: what this process has under way, as the store knows it. */
  readonly held?: number;
  /** Counts an amount; a negative one is taken back, as far as something is there to take back. */
  take(amount: number): void;
  /** Used, time until all is free again, time until `cost` fits (ms). */
  tell(): [used: number, resetMs: number, waitMs: number];
}

/**
 * A way to count, said twice: in Lua for Redis, and over a `Keyspace` for the in-process store. Both keep the same text
 * under the key.
 */
export interface Algorithm {
  /** What the script calls it. */
  readonly code: number;
  /**
   * A table of three functions of a counter `c`, which has `key`, `limit`, `window`, `extra` and `cost`: `read` sets
   * `c.free`, `take` counts an amount, `tell` returns used, reset and wait. `now()` is the time, `me` this process,
   * `text(key, pattern)` what is kept there.
   */
  readonly lua: string;
  read(keyspace: Keyspace, terms: Terms, process: string): Counter;
}

/**
 * What is kept under a key, if it is of the shape that an algorithm keeps. Anything else is no counter, and makes room for
 * one: what cannot be read must neither fail for ever nor count as nothing for ever.
 */
export function textOf(keyspace: Keyspace, key: string, shape: RegExp): string | undefined {
  const text = keyspace.get(key);
  if (text === undefined || shape.test(text)) return text;
  keyspace.delete(key);
  return undefined;
}

/** `textOf` in Lua, for the algorithms' own. */
export const TEXT_LUA = `local function text(key, shape)
  local found = redis.call('GET', key)
  if not found or found:match(shape) then return found end
  redis.call('DEL', key)
end`;

/** The numbers of a text, in turn. */
export function numbersOf(text: string | undefined): number[] {
  return text ? text.split(' ').map(Number) : [];
}

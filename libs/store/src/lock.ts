import { randomUUID } from 'node:crypto';
import type { AtomicScript, Store } from './store.js';

/**
 * Runs something that only one may do at a time, over all replicas.
 * @param seconds after which others may go on, if whoever has the lock dies; the work must not take longer
 * @returns undefined when another one has the lock
 */
export async function underLock<Value>(
  store: Store,
  key: string,
  seconds: number,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value } | undefined> {
  const owner = randomUUID();
  if (!(await store.add(key, owner, seconds))) return undefined;
  try {
    return { value: await work() };
  } finally {
    await store.run(UNLOCK, [key], [owner]);
  }
}

/** Takes a lock away from nobody but its owner: whose lock has ended may find another's in its place. */
const UNLOCK: AtomicScript<number> = {
  lua: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
  local(keyspace, [lock], [owner]) {
    if (keyspace.get(lock!) !== owner) return 0;
    keyspace.delete(lock!);
    return 1;
  },
};

import type { Store } from '@gatehouse/store';
import type { IncomingCall } from './incoming-call.js';

/** What each call has used up, by its key in the store. */
const spent = new WeakMap<IncomingCall, Set<string>>();

/**
 * Uses up what is good for one call: a proof, a nonce. Several guards of that call may ask for it, as with `any_of`, where
 * the first may take the proof and refuse nevertheless.
 * @returns whether no other call has used it
 */
export async function spend(
  store: Store,
  call: IncomingCall,
  key: string,
  ttlSeconds: number,
): Promise<boolean> {
  const own = spent.get(call) ?? new Set<string>();
  if (own.has(key)) return true;
  if (!(await store.add(key, '', ttlSeconds))) return false;
  spent.set(call, own.add(key));
  return true;
}

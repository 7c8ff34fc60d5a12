import type { Keyspace } from '@gatehouse/store';
import { type Algorithm, textOf } from './algorithm.js';

/** How long what a process says holds when it says nothing more: it has ended then, or has lost the store. */
export const LEASE_MS = 10_000;

const SHAPE = /^\S+ \d+ \d+(?: \S+ \d+ \d+)*$/;

/**
 * At most `limit` at once. Each process has a lease under the key: its name, how many requests it has under way, and
 * until when that holds (ms since 1970). A process that dies takes its lease with it; how they are renewed and given
 * back is told in leases.ts.
 */
export const CONCURRENCY: Algorithm = {
  code: 4,
  lua: `{
  read = function(c)
    c.others, c.mine, c.used = {}, 0, 0
    for process, count, ends in (text(c.key, '^%S+ %d+ %d+') or ''):gmatch('(%S+) (%d+) (%d+)') do
      if tonumber(ends) > now() then
        c.used = c.used + count
        if process == me then c.mine = tonumber(count)
        else c.others[#c.others + 1] = process .. ' ' .. count .. ' ' .. ends end
      end
    end
    c.free = c.limit - c.used
  end,
  take = function(c, amount)
    c.used, c.mine = c.used + amount, c.mine + amount
    if c.mine > 0 then
      c.others[#c.others + 1] = string.format('%s %.0f %.0f', me, c.mine, now() + ${LEASE_MS})
    end
    if #c.others == 0 then return redis.call('DEL', c.key) end
    redis.call('SET', c.key, table.concat(c.others, ' '), 'PX', ${LEASE_MS})
  end,
  tell = function(c) return c.used, 0, 0 end
}`,
  read(keyspace, { key, limit }, process) {
    const { others, mine } = leasesOf(keyspace, key, process);
    const now = keyspace.now();
    let used = mine + others.reduce((all, [, count]) => all + Number(count), 0);
    return {
      free: limit - used,
      held: mine,
      take(amount) {
        used += amount;
        const leases = [...others];
        if (mine + amount > 0) leases.push([process, String(mine + amount), String(now + LEASE_MS)]);
        if (leases.length === 0) keyspace.delete(key);
        else keyspace.set(key, leases.flat().join(' '), LEASE_MS);
      },
      tell: () => [used, 0, 0],
    };
  },
};

type Lease = [process: string, count: string, ends: string];

function leasesOf(keyspace: Keyspace, key: string, process: string): { others: Lease[]; mine: number } {
  const words = textOf(keyspace, key, SHAPE)?.split(' ') ?? [];
  const others: Lease[] = [];
  let mine = 0;
  for (let i = 0; i < words.length; i += 3) {
    const lease = words.slice(i, i + 3) as Lease;
    if (Number(lease[2]) <= keyspace.now()) continue;
    if (lease[0] === process) mine = Number(lease[1]);
    else others.push(lease);
  }
  return { others, mine };
}

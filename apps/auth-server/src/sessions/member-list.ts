import type { AtomicScript } from '@gatehouse/store';

/** A list of texts without line ends, kept as lines under one key. */
export function readMembers(value: string | undefined): string[] {
  return value ? value.split('\n') : [];
}

/** Adds a member at the end unless it is there; of too many the oldest go. ARGV: member, most, lifetime in ms. */
export const ADD_MEMBER: AtomicScript<number> = {
  lua: `local kept, count = {}, 0
for line in string.gmatch(redis.call('GET', KEYS[1]) or '', '[^\\n]+') do
  if line ~= ARGV[1] then count = count + 1; kept[count] = line end
end
kept[count + 1] = ARGV[1]
local first = math.max(1, count + 2 - tonumber(ARGV[2]))
redis.call('SET', KEYS[1], table.concat(kept, '\\n', first), 'PX', ARGV[3])
return 1`,
  local(keyspace, [key], [member, most, lifetime]) {
    const others = readMembers(keyspace.get(key!)).filter((one) => one !== member);
    keyspace.set(key!, [...others, member!].slice(-Number(most)).join('\n'), Number(lifetime));
    return 1;
  },
};

/** Takes a member out. ARGV: member. */
export const REMOVE_MEMBER: AtomicScript<number> = {
  lua: `local before = redis.call('GET', KEYS[1])
if not before then return 0 end
local kept, count = {}, 0
for line in string.gmatch(before, '[^\\n]+') do
  if line ~= ARGV[1] then count = count + 1; kept[count] = line end
end
if count == 0 then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], table.concat(kept, '\\n'), 'KEEPTTL') end
return 1`,
  local(keyspace, [key], [member]) {
    const before = keyspace.get(key!);
    if (before === undefined) return 0;
    const kept = readMembers(before).filter((one) => one !== member);
    if (kept.length === 0) keyspace.delete(key!);
    else keyspace.set(key!, kept.join('\n'));
    return 1;
  },
};

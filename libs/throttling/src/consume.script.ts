import type { AtomicScript } from '@gatehouse/store';
import { type Algorithm, type Counter, TEXT_LUA, type Terms } from './algorithms/algorithm.js';
import { CONCURRENCY } from './algorithms/concurrency.js';
import { ALGORITHMS } from './algorithms/index.js';
import { type Consumption, type Limit, LimitState } from './limit.js';

/** Arguments of each counter, and numbers of it in the reply. */
const PER_COUNTER = 5;
const REPLIED = 3;

/** In place of the limit that refused: the in-process store keeps no more counters. */
export const NO_ROOM = -2;

const known = Object.values(ALGORITHMS);
const byCode = new Map(known.map((one) => [String(one.code), one]));

/**
 * Counts requests against their limits in one step, charge by charge: a charge is one or more requests that have all
 * their limits in common, and comes out as if they had come one after the other. A request that any limit refuses
 * costs nothing at the others.
 *
 * KEYS: the leases that this process reports, then the counters of all charges. ARGV: this process's name, how many
 * leases it reports, and of each the requests that it has under way; then of each charge: how many counters it has, how
 * many requests it stands for (0: it only looks; below 0: they are given back), and of each counter: algorithm, limit,
 * window (ms), burst or end, cost of one request. Replies, for each charge: how many of its requests were let through,
 * the index of the limit that refused the others, -1 or `NO_ROOM`, then used, time to reset and time to wait (ms) of each
 * counter.
 */
export const CONSUME: AtomicScript<number[]> = {
  batched: true,
  counts: true,
  lua: `local clock
local function now()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return clock
end
${TEXT_LUA}
local me, leases = ARGV[1], tonumber(ARGV[2])
local algorithms = {}
${known.map(({ code, lua }) => `algorithms[${code}] = ${lua}`).join('\n')}
local concurrency = algorithms[${CONCURRENCY.code}]
for i = 1, leases do
  local c = {key = KEYS[i], limit = 0}
  concurrency.read(c)
  concurrency.take(c, ARGV[2 + i] - c.mine)
end
local reply, r, k, a = {}, 0, leases, leases + 3
while a < #ARGV do
  local counters, requests = tonumber(ARGV[a]), tonumber(ARGV[a + 1])
  local granted, refused, read = requests, -1, {}
  a = a + 2
  for i = 1, counters do
    local algorithm = algorithms[tonumber(ARGV[a])]
    local c = {
      key = KEYS[k + i], limit = tonumber(ARGV[a + 1]), window = tonumber(ARGV[a + 2]),
      extra = tonumber(ARGV[a + 3]), cost = tonumber(ARGV[a + 4]), algorithm = algorithm,
    }
    algorithm.read(c)
    read[i] = c
    if requests > 0 then
      local left = math.max(0, math.floor(c.free / c.cost))
      if left < granted then granted, refused = left, i - 1 end
    end
    a = a + ${PER_COUNTER}
  end
  reply[r + 1], reply[r + 2] = granted, refused
  r, k = r + 2, k + counters
  for _, c in ipairs(read) do
    if granted ~= 0 then c.algorithm.take(c, granted * c.cost) end
    reply[r + 1], reply[r + 2], reply[r + 3] = c.algorithm.tell(c)
    r = r + ${REPLIED}
  end
end
return reply`,
  local(keyspace, keys, args) {
    const [process, leases] = [args[0]!, Number(args[1])];
    for (let i = 0; i < leases; i++) {
      // The next renewal may find room.
      if (!keyspace.fits([keys[i]!])) continue;
      const counter = CONCURRENCY.read(keyspace, { ...NO_TERMS, key: keys[i]! }, process);
      counter.take(Number(args[2 + i]) - counter.held!);
    }
    const reply: number[] = [];
    let k = leases;
    for (let a = leases + 2; a < args.length;) {
      const [counters, requests] = [Number(args[a]), Number(args[a + 1])];
      const own = keys.slice(k, k + counters);
      const all = own.map((key, i) => {
        const [algorithm, terms] = termsAt(args, a + 2 + i * PER_COUNTER, key);
        return { cost: terms.cost, counter: algorithm.read(keyspace, terms, process) };
      });
      chargeAll(all, requests, reply, () => keyspace.fits(own));
      k += counters;
      a += 2 + counters * PER_COUNTER;
    }
    return reply;
  },
};

const NO_TERMS: Omit<Terms, 'key'> = { limit: 0, windowMs: 0, extra: 0, cost: 1 };

function termsAt(args: readonly string[], at: number, key: string): [Algorithm, Terms] {
  const [limit, windowMs, extra, cost] = args.slice(at + 1, at + PER_COUNTER).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return [byCode.get(args[at]!)!, { key, limit, windowMs, extra, cost }];
}

function chargeAll(
  all: readonly { cost: number; counter: Counter }[],
  requests: number,
  reply: number[],
  fits: () => boolean,
): void {
  let [granted, refused] = [requests, -1];
  if (requests > 0) {
    all.forEach(({ counter, cost }, index) => {
      const left = Math.max(0, Math.floor(counter.free / cost));
      if (left < granted) [granted, refused] = [left, index];
    });
  }
  if (granted > 0 && !fits()) [granted, refused] = [0, NO_ROOM];
  reply.push(granted, refused);
  for (const { counter, cost } of all) {
    if (granted !== 0) counter.take(granted * cost);
    reply.push(...counter.tell());
  }
}

/** What the script is told of a charge; its keys are those of the limits. */
export function chargeArguments(limits: readonly Limit[], requests: number, args: (string | number)[]): void {
  args.push(limits.length, requests);
  for (const { algorithm, limit, windowMs, burst, endsAt, cost } of limits) {
    const extra = algorithm === 'gcra' ? (burst ?? limit) : (endsAt ?? 0);
    args.push(ALGORITHMS[algorithm ?? 'fixed_window'].code, limit, windowMs, extra, cost ?? 1);
  }
}

/** How many numbers of the reply are about a charge. */
export function replyLength(limits: readonly Limit[]): number {
  return 2 + REPLIED * limits.length;
}

/**
 * What a charge's reply says of one of its requests.
 * @param at where the charge's part of the reply begins
 * @param turn which of its requests, from 0
 */
export function readConsumption(
  limits: readonly Limit[],
  reply: readonly number[],
  at: number,
  turn: number,
): Consumption {
  const granted = reply[at]!;
  const countedLater = Math.max(0, granted - turn - 1);
  const states: LimitState[] = [];
  let from = at + 2;
  for (const limit of limits) {
    const used = reply[from]! - countedLater * (limit.cost ?? 1);
    states.push(new LimitState(limit, used, reply[from + 1]!, reply[from + 2]!));
    from += REPLIED;
  }
  return {
    states,
    refusedBy: turn < granted ? undefined : states[reply[at + 1]!],
    release: undefined,
  };
}

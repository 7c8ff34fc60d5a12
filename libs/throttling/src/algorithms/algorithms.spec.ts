import { randomUUID } from 'node:crypto';
import { RedisStore } from '@gatehouse/store';
import type { Limit } from '../limit.js';
import { LEASE_MS } from './concurrency.js';
import { SLICES } from './sliding-window.js';
import { type ClockedCounter, inProcess, onRedis, randomNumbers } from './test-clock.js';

const NAMES = ['fixed_window', 'sliding_window', 'gcra', 'concurrency'] as const;
const START = 1_764_000_000_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

interface Use {
  readonly at: number;
  readonly cost: number;
}

/** Calls at random times of random cost; what was let through. */
async function play(counter: ClockedCounter, limit: Limit, seed: number, steps = 300, check = noCheck) {
  const random = randomNumbers(seed);
  const admitted: Use[] = [];
  let at = START;
  for (let step = 0; step < steps; step++) {
    // Bursts, and pauses in which something or everything comes back.
    at += random(4) === 0 ? random(limit.windowMs) : random(limit.windowMs / 50);
    const cost = 1 + random(3);
    const { refusedBy, states } = await counter.charge(at, [{ ...limit, cost }]);
    check({ at, cost }, refusedBy === undefined, admitted, states[0]!.used);
    if (refusedBy) {
      const { waitMs } = refusedBy;
      expect(waitMs).toBeGreaterThan(0);
      // Retry-After is exact: not a millisecond earlier.
      const early = await counter.charge(at + waitMs - 1, [{ ...limit, cost }]);
      expect(early.refusedBy).toBeDefined();
      at += waitMs;
      const then = await counter.charge(at, [{ ...limit, cost }]);
      expect(then.refusedBy).toBeUndefined();
    }
    admitted.push({ at, cost });
  }
  return admitted;
}

type Check = (use: Use, passed: boolean, admitted: readonly Use[], used: number) => void;
const noCheck: Check = () => undefined;

function sumSince(admitted: readonly Use[], after: number): number {
  return admitted.reduce((all, { at, cost }) => (at > after ? all + cost : all), 0);
}

describe.each(SEEDS)('algorithms against their models, seed %i', (seed) => {
  it('fixed_window: what fits into the window that the first request began', async () => {
    const limit: Limit = { name: 'f', key: 'f', limit: 10, windowMs: 60_000 };
    let [begun, count] = [-Infinity, 0];
    await play(inProcess(), limit, seed, 300, ({ at, cost }, passed) => {
      if (at >= begun + limit.windowMs) [begun, count] = [at, 0];
      expect(passed).toBe(count + cost <= limit.limit);
      if (passed) count += cost;
      // What was refused is tried again, and passes, when the window is over.
      else [begun, count] = [begun + limit.windowMs, cost];
    });
  });

  it('sliding_window: never more than the limit in any window; a slice more is forgotten at most', async () => {
    const limit: Limit = {
      name: 's',
      key: 's',
      limit: 10,
      windowMs: 60_000,
      algorithm: 'sliding_window',
    };
    const slice = limit.windowMs / SLICES;
    const admitted = await play(inProcess(), limit, seed, 300, ({ at, cost }, passed, before, used) => {
      if (!passed) expect(sumSince(before, at - limit.windowMs - slice) + cost).toBeGreaterThan(limit.limit);
      else expect(used).toBeGreaterThanOrEqual(sumSince(before, at - limit.windowMs) + cost);
    });
    for (const { at } of admitted) {
      const window = admitted.filter((one) => one.at > at - limit.windowMs && one.at <= at);
      expect(window.reduce((all, { cost }) => all + cost, 0)).toBeLessThanOrEqual(limit.limit);
    }
  });

  it('gcra: conforms to the virtual scheduling algorithm of ITU-T I.371', async () => {
    const limit: Limit = {
      name: 'g',
      key: 'g',
      limit: 20,
      windowMs: 60_000,
      algorithm: 'gcra',
      burst: 5,
    };
    const interval = limit.windowMs / limit.limit;
    let arrival = 0;
    const passes = ({ at, cost }: Use) =>
      Math.max(arrival, at) + cost * interval - at <= limit.burst! * interval;
    await play(inProcess(), limit, seed, 300, (use, passed) => {
      expect(passed).toBe(passes(use));
      let { at } = use;
      if (!passed) at = Math.max(arrival, at) + use.cost * interval - limit.burst! * interval;
      arrival = Math.max(arrival, at) + use.cost * interval;
    });
  });

  it('concurrency: as many as run, of all processes whose leases hold', async () => {
    const random = randomNumbers(seed);
    const counter = inProcess();
    const limit: Limit = { name: 'c', key: 'c', limit: 4, windowMs: 0, algorithm: 'concurrency' };
    const running = new Map([
      ['a', 0],
      ['b', 0],
    ]);
    for (let step = 0; step < 500; step++) {
      const process = random(2) === 0 ? 'a' : 'b';
      const now = START + step;
      if (random(2) === 0 && running.get(process)! > 0) {
        await counter.charge(now, [limit], -1, process);
        running.set(process, running.get(process)! - 1);
        continue;
      }
      const all = running.get('a')! + running.get('b')!;
      const { refusedBy, states } = await counter.charge(now, [limit], 1, process);
      expect(refusedBy === undefined).toBe(all < limit.limit);
      if (!refusedBy) running.set(process, running.get(process)! + 1);
      expect(states[0]!.used).toBe(Math.min(all + 1, limit.limit));
    }
  });
});

describe('what the models do not show', () => {
  it('sliding_window: any number of requests is kept in as many slices as a window has', async () => {
    const counter = inProcess();
    const limit: Limit = { name: 's', key: 's', limit: 1e9, windowMs: 60_000, algorithm: 'sliding_window' };
    for (let i = 0; i < 5_000; i++) await counter.charge(START + i * 60, [limit]);
    expect(counter.texts.get('s')!.split(' ').length).toBeLessThanOrEqual(2 * (SLICES + 1));
  });

  it('gcra: a clock that is set back gives nothing away', async () => {
    const counter = inProcess();
    const limit: Limit = { name: 'g', key: 'g', limit: 1, windowMs: 1_000, algorithm: 'gcra', burst: 2 };
    for (let i = 0; i < 2; i++) await counter.charge(START, [limit]);
    expect((await counter.charge(START - 60_000, [limit])).refusedBy).toBeDefined();
    expect((await counter.charge(START + 1, [limit])).refusedBy).toBeDefined();
    expect((await counter.charge(START + 1_000, [limit])).refusedBy).toBeUndefined();
  });

  it('concurrency: a process that says nothing more holds nothing after its lease', async () => {
    const counter = inProcess();
    const limit: Limit = { name: 'c', key: 'c', limit: 1, windowMs: 0, algorithm: 'concurrency' };
    await counter.charge(START, [limit], 1, 'dead');
    const then = START + LEASE_MS;
    expect((await counter.charge(then - 1, [limit], 1, 'alive')).refusedBy).toBeDefined();
    expect((await counter.charge(then, [limit], 1, 'alive')).refusedBy).toBeUndefined();
  });

  it('several algorithms in one charge: when one refuses, none is charged', async () => {
    const counter = inProcess();
    const limits: Limit[] = [
      { name: 'f', key: 'f', limit: 9, windowMs: 60_000 },
      { name: 's', key: 's', limit: 8, windowMs: 60_000, algorithm: 'sliding_window' },
      { name: 'g', key: 'g', limit: 7, windowMs: 60_000, algorithm: 'gcra' },
      { name: 'c', key: 'c', limit: 3, windowMs: 0, algorithm: 'concurrency' },
    ];
    for (let i = 0; i < 3; i++) expect((await counter.charge(START, limits)).refusedBy).toBeUndefined();
    for (let i = 0; i < 3; i++) expect((await counter.charge(START, limits)).refusedBy?.name).toBe('c');
    const { states } = await counter.charge(START, limits, 0);
    expect(states.map((one) => one.used)).toEqual([3, 3, 3, 3]);
  });

  it.each(['fixed_window', 'sliding_window', 'gcra'] as const)(
    '%s: what is given back can be used again, and no more than was used',
    async (algorithm) => {
      const counter = inProcess();
      const limit: Limit = { name: 'x', key: 'x', limit: 5, windowMs: 60_000, algorithm, cost: 2 };
      await counter.charge(START, [limit]);
      await counter.charge(START + 4_000, [limit]);
      const before = await counter.charge(START + 4_000, [limit], 0);
      await counter.charge(START + 4_000, [limit], -1);
      const { states } = await counter.charge(START + 4_000, [limit], 0);
      expect(states[0]!.used).toBe(before.states[0]!.used - 2);
      for (let i = 0; i < 5; i++) await counter.charge(START + 4_000, [limit], -1);
      expect((await counter.charge(START + 4_000, [limit], 0)).states[0]!.used).toBe(0);
    },
  );
});

const limitOf = (algorithm: (typeof NAMES)[number], others: Partial<Limit> = {}): Limit => ({
  ...{ name: 'x', key: 'x', limit: 1, algorithm },
  windowMs: algorithm === 'concurrency' ? 0 : 60_000,
  ...others,
});

/** What may be under a key of an algorithm: what others leave there, and what none does. */
async function foreignTexts(own: (typeof NAMES)[number]): Promise<string[]> {
  const texts = ['', 'nonsense', 'NaN', '-1', '1e5', '1 2 3', 'inf 1', '0x10'];
  for (const algorithm of NAMES.filter((one) => one !== own)) {
    for (const windowMs of [1_000, 3_600_000]) {
      const counter = inProcess();
      const limit = limitOf(algorithm, { limit: 9, windowMs });
      for (let i = 0; i < 4; i++) await counter.charge(START + (i * windowMs) / 4, [limit]);
      texts.push(counter.texts.get('x')!);
    }
  }
  return texts;
}

describe.each(NAMES)('%s, where a key holds what it did not count', (algorithm) => {
  it('counts anew, and neither fails nor lets through for ever', async () => {
    for (const text of await foreignTexts(algorithm)) {
      const counter = inProcess();
      counter.put('x', text);
      const later = START + 24 * 3_600_000;
      const first = await counter.charge(later, [limitOf(algorithm)]);
      const second = await counter.charge(later + 1, [limitOf(algorithm)]);
      expect({ text, refused: [first, second].map((one) => one.refusedBy?.name) }).toEqual({
        text,
        refused: [undefined, 'x'],
      });
      expect(first.states[0]!.used).toBe(1);
    }
  });
});

it('sliding_window: slices of a shorter window are none of a longer one, and are not kept for ages', async () => {
  const counter = inProcess();
  const short = limitOf('sliding_window', { limit: 5, windowMs: 1_000 });
  for (let i = 0; i < 5; i++) await counter.charge(START + i * 100, [short]);
  const long = { ...short, windowMs: 3_600_000 };
  const { refusedBy, states } = await counter.charge(START + 500, [long]);
  expect(refusedBy).toBeUndefined();
  expect(states[0]!.used).toBe(1);
  expect(states[0]!.resetMs).toBeLessThanOrEqual(3_600_000 * (1 + 1 / SLICES));
});

const redisUrl = process.env.TEST_REDIS_URL;
if (redisUrl) {
  describe('the two halves of the script agree', () => {
    const prefix = `test-${randomUUID()}:`;
    const store = new RedisStore(redisUrl, prefix, () => undefined);
    afterAll(() => store.close());

    it.each(NAMES)('%s: about text that it did not write', async (algorithm) => {
      const later = START + 24 * 3_600_000;
      for (const [index, text] of (await foreignTexts(algorithm)).entries()) {
        const [here, there] = [inProcess(), onRedis(store, prefix)];
        const limit = limitOf(algorithm, { key: `text-${algorithm}-${index}` });
        here.put(limit.key, text);
        await store.set(limit.key, text, 60);
        for (const at of [later, later + 1]) {
          const outcomes = [await here.charge(at, [limit]), await there.charge(at, [limit])];
          const told = outcomes.map(({ refusedBy, states }) => [refusedBy?.name, states[0]!.used]);
          expect({ text, told: told[1] }).toEqual({ text, told: told[0] });
        }
      }
    });

    it.each(['sliding_window', 'gcra', 'concurrency'] as const)('%s', async (algorithm) => {
      const random = randomNumbers(7);
      const [here, there] = [inProcess(), onRedis(store, prefix)];
      const key = `key-${algorithm}`;
      let at = START;
      for (let step = 0; step < 400; step++) {
        at += random(20) === 0 ? random(1_000_000) : random(20_000);
        const limit: Limit = {
          name: 'x',
          key,
          limit: 7,
          windowMs: algorithm === 'concurrency' ? 0 : 600_000,
          algorithm,
          burst: 9,
          cost: algorithm === 'concurrency' ? 1 : 1 + random(3),
        };
        const requests = [1, 1, 1, 3, 0, -1][random(6)]!;
        const process = random(2) === 0 ? 'a' : 'b';
        const [one, other] = [
          await here.charge(at, [limit], requests, process),
          await there.charge(at, [limit], requests, process),
        ];
        expect({ step, ...other }).toEqual({ step, ...one });
      }
    });
  });
}

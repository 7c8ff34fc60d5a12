import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore, RedisStore, type Store } from '@gatehouse/store';
import { ALLOWED, NO_ROOM, RESERVE } from './reserve.script.js';
import { ADOPT, RELEASE, RENEW } from './recovery.scripts.js';
import { SETTLE, SETTLED } from './settle.script.js';
import { HOLDERS, LOOK } from './spending.script.js';

const redisUrl = process.env.TEST_REDIS_URL;
const backings: [name: string, open: () => Store][] = [['the in-process store', () => new MemoryStore()]];
if (redisUrl) {
  backings.push(['Redis', () => new RedisStore(redisUrl, `test-${randomUUID()}:`, () => undefined)]);
}

/** More than 14 digits, which Lua would round. */
const MUCH = 1_000_000_000_000_001;
const LIFE = 60_000;
const PROCESSES = '{r}processes';
const OPEN = '{r}open';

describe.each(backings)('reservations of budgets: %s', (_, open) => {
  let store: Store;
  beforeEach(() => (store = open()));
  afterEach(() => store.close());

  const reserve = (id: string, ...counters: [key: string, amount: number, limit: number, life?: number][]) =>
    store.run(
      RESERVE,
      [OPEN, PROCESSES, ...counters.flatMap(([key]) => [key, `${key}|holders`])],
      [
        id,
        '{}',
        'me',
        LIFE,
        LIFE,
        ...counters.flatMap(([, amount, limit, life = LIFE]) => [amount, limit, life, 'me']),
      ],
    );
  const settle = (
    id: string,
    ...counters: [key: string, used: number, reserved: number, levels?: string][]
  ) =>
    store.run(
      SETTLE,
      [OPEN, ...counters.map(([key]) => key)],
      [id, '', ...counters.flatMap(([, used, reserved, levels = '']) => [used, reserved, levels])],
    );

  it('are made at all budgets, or at none', async () => {
    expect(await reserve('{r}1', ['{r}a', 4, 10], ['{r}b', 4, 5])).toBe(ALLOWED);
    expect(await reserve('{r}2', ['{r}a', 4, 10], ['{r}b', 4, 5])).toBe(1);
    expect(await store.get('{r}a')).toBe('4/4!0');
    expect(await reserve('{r}3', ['{r}a', 6, 10])).toBe(ALLOWED);
    expect(await reserve('{r}4', ['{r}a', 1, 10])).toBe(0);
  });

  it('give way to what was used, once', async () => {
    await reserve('{r}1', ['{r}a', 8, 10]);
    await reserve('{r}2', ['{r}a', 2, 10]);
    await settle('{r}1', ['{r}a', 3, 8]);
    await settle('{r}1', ['{r}a', 3, 8]);
    expect(await store.get('{r}a')).toBe('5/2!0');
    await settle('{r}2', ['{r}a', 11, 2]);
    expect(await store.get('{r}a')).toBe('14/0!0');
    expect(await reserve('{r}3', ['{r}a', 0, 10])).toBe(0);
  });

  it('of a period that is over are settled nowhere', async () => {
    await reserve('{r}1', ['{r}a', 8, 10, 30]);
    await sleep(50);
    expect(await settle('{r}1', ['{r}a', 0, 8])).toEqual([]);
    expect(await store.get('{r}a')).toBeUndefined();
  });

  it('tell each level once, and several that are come to at once together', async () => {
    const levels = '5,9,20';
    await reserve('{r}1', ['{r}a', 9, 100], ['{r}b', 4, 100]);
    expect(await settle('{r}1', ['{r}a', 4, 9, levels], ['{r}b', 9, 4, levels])).toEqual([1, 0, 9, 9]);
    await reserve('{r}2', ['{r}a', 1, 100], ['{r}b', 1, 100]);
    expect(await settle('{r}2', ['{r}a', 1, 1, levels], ['{r}b', 1, 1, levels])).toEqual([0, 0, 5, 5]);
    await reserve('{r}3', ['{r}a', 1, 100]);
    expect(await settle('{r}3', ['{r}a', 2, 1, levels])).toEqual([]);
    await reserve('{r}4', ['{r}a', 20, 100]);
    expect(await settle('{r}4', ['{r}a', 20, 20, levels])).toEqual([0, 5, 20, 27]);
  });

  it('list who has a share, each once', async () => {
    await reserve('{r}1', ['{r}a', 1, 10]);
    await reserve('{r}2', ['{r}a', 1, 10]);
    expect(await store.run(HOLDERS, ['{r}a|holders'], [])).toEqual(['me']);
    expect(await store.run(LOOK, ['{r}a', '{r}c'], [])).toEqual(['2/2!0', '']);
  });

  it('keep every digit of large sums', async () => {
    await reserve('{r}1', ['{r}a', MUCH, MUCH + 1]);
    expect(await store.get('{r}a')).toBe(`${MUCH}/${MUCH}!0`);
    await settle('{r}1', ['{r}a', MUCH - 1, MUCH]);
    expect(await store.get('{r}a')).toBe(`${MUCH - 1}/0!0`);
    expect(await reserve('{r}2', ['{r}a', 3, MUCH + 1])).toBe(0);
    expect(await reserve('{r}3', ['{r}a', 2, MUCH + 1])).toBe(ALLOWED);
  });

  it('count from nothing where something else stands under the key', async () => {
    await store.set('{r}a', 'what is this', 60);
    expect(await reserve('{r}1', ['{r}a', 4, 10])).toBe(ALLOWED);
    expect(await store.get('{r}a')).toBe('4/4!0');
  });
});

if (redisUrl) {
  describe('reservations of a process that has died', () => {
    let store: Store;
    beforeEach(() => (store = backings[1]![1]()));
    afterEach(() => store.close());

    const reserve = (process: string, id: string, lease: number) =>
      store.run(
        RESERVE,
        [`{r}${process}`, PROCESSES, '{r}a', '{r}a|holders'],
        [id, `{"of":"${id}"}`, process, lease, LIFE, 1, 1_000, LIFE, 'me'],
      );
    const renew = (process: string, lease = LIFE) =>
      store.run(RENEW, [PROCESSES, `{r}${process}`], [process, lease, LIFE]);
    const adopt = (dead: string, by: string, count = 10) =>
      store.run(ADOPT, [PROCESSES, `{r}${dead}`, `{r}${by}`], [dead, count]);
    const settle = (process: string, id: string, record: string) =>
      store.run(SETTLE, [`{r}${process}`, '{r}a'], [id, record, 0, 1, '']);

    it('are those of one that has not said in time that it is alive', async () => {
      await reserve('one', '1', 20);
      expect(await adopt('one', 'two')).toEqual([]);
      await sleep(40);
      expect(await renew('two')).toEqual(['one']);
      await renew('one');
      expect(await renew('two')).toEqual([]);
      expect(await adopt('one', 'two')).toEqual([]);
    });

    it('go to one of several, once, each as it stood', async () => {
      await reserve('one', '1', 20);
      await reserve('one', '2', 20);
      await settle('one', '2', '{"settled":true}');
      await sleep(40);
      const taken = await Promise.all(['two', 'three', 'two', 'three'].map((by) => adopt('one', by, 1)));
      expect(taken.filter((found) => found.length > 0).sort()).toEqual([
        ['1', '{"of":"1"}'],
        ['2', `${SETTLED}{"settled":true}`],
      ]);
      expect(await renew('two')).toEqual([]);
      // Nobody settles them any more, neither under the one name nor under the other.
      for (const process of ['one', 'two', 'three']) await settle(process, '1', '');
      expect(await store.get('{r}a')).toBe('1/1!0');
    });

    it('go on to the next one, where their heir dies before it has written them', async () => {
      await reserve('one', '1', 10);
      await sleep(20);
      await renew('two', 10);
      await adopt('one', 'two');
      await sleep(20);
      expect(await adopt('two', 'three')).toEqual(['1', `${SETTLED}{"of":"1"}`]);
      expect(await store.run(RELEASE, ['{r}three'], ['1'])).toBe(1);
    });
  });
}

it('a store that is full takes no part of a reservation', async () => {
  const store = new MemoryStore({ maxCounters: 4 });
  const args = ['1', '', 'me', LIFE, LIFE, 1, 10, LIFE, 'me', 1, 10, LIFE, 'me'];
  expect(await store.run(RESERVE, [OPEN, PROCESSES, 'a', 'a|holders', 'b', 'b|holders'], args)).toBe(NO_ROOM);
  expect(await store.get('a')).toBeUndefined();
  await store.close();
});

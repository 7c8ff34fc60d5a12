import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore, RedisStore, type Store } from '@gatehouse/store';
import { type PolledRequest, PolledRequests } from './polled-requests.js';

const stores: [string, () => Store][] = [['the in-process store', () => new MemoryStore()]];
const redis = process.env.TEST_REDIS_URL;
if (redis) stores.push(['Redis', () => new RedisStore(redis, 'polling-test:', () => undefined)]);

const request: PolledRequest = {
  clientId: 'c',
  scopes: ['openid'],
  resources: [],
  expiresAt: Math.floor(Date.now() / 1000) + 60,
};
const yes = { allowed: true, userId: 'u', authTime: 1, amr: ['pwd'] } as const;

describe.each(stores)('requests that are polled for, on %s', (_name, open) => {
  const store = open();
  const requests = new PolledRequests(store, 'test');
  afterAll(() => store.close());

  const begin = async (interval: number) => requests.idOf(await requests.begin(request, interval));

  it('RFC 8628 §3.5: pending, slow_down to who is too soon, and the interval has grown', async () => {
    const id = await begin(1);
    expect(await requests.poll(id)).toEqual({ outcome: 'pending' });
    await sleep(600);
    expect(await requests.poll(id)).toEqual({ outcome: 'pending' });
    expect(await requests.poll(id)).toEqual({ outcome: 'slow_down' });
    await sleep(1_100);
    expect(await requests.poll(id)).toEqual({ outcome: 'slow_down' });
  });

  it('the first answer counts, and goes to one of many polls', async () => {
    const id = await begin(1);
    const answers = [requests.answer(id, yes), requests.answer(id, { allowed: false })];
    expect(await Promise.all(answers)).toEqual([true, false]);
    const polls = await Promise.all(Array.from({ length: 20 }, () => requests.poll(id)));
    expect(polls.filter(({ outcome }) => outcome === 'answered')).toEqual([
      { outcome: 'answered', answer: yes },
    ]);
    expect(await requests.poll(id)).toEqual({ outcome: 'gone' });
    expect(await requests.find(id)).toBeUndefined();
  });

  it('one that never was is gone', async () => {
    expect(await requests.poll(requests.idOf('nothing'))).toEqual({ outcome: 'gone' });
  });
});

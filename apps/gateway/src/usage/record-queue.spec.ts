import { RecordQueue } from './record-queue.js';
import type { UsageRecord } from './usage-record.js';
import { usageSums } from './usage-sums.js';

const one: UsageRecord = {
  at: 1_700_000_000_000,
  route: 'a',
  api: undefined,
  method: 'GET',
  status: 200,
  consumer: 'c',
  client: undefined,
  subject: 's',
  upstream: 'u',
  part: undefined,
  bytesIn: 1,
  bytesOut: 2,
  ms: 3,
  upstreamMs: 1,
  tries: 1,
  fault: undefined,
  cache: undefined,
  calls: 1,
};

const calls = (records: readonly UsageRecord[]) => records.reduce((sum, record) => sum + record.calls, 0);

describe('the queue of usage records', () => {
  it('gives back what it got, in order', () => {
    const queue = new RecordQueue(usageSums, 10);
    queue.add(one);
    queue.add({ ...one, route: 'b' });
    expect(queue.take(1)).toEqual([one]);
    expect(queue.take(5)).toEqual([{ ...one, route: 'b' }]);
    expect(queue.size).toBe(0);
  });

  it('beyond its capacity adds calls up, and loses none', () => {
    const queue = new RecordQueue(usageSums, 2);
    const kept = Array.from({ length: 10 }, () => queue.add(one));
    expect(kept.filter(Boolean)).toHaveLength(2);
    expect(queue.size).toBe(3);
    const [first, second, sum] = [...queue.take(2), ...queue.take(2)];
    expect([first, second]).toEqual([one, one]);
    expect(sum).toMatchObject({ route: 'a', consumer: 'c', status: 200, calls: 8, bytesOut: 16, ms: 24 });
  });

  it('keeps routes, statuses and callers apart in the sums, as long as they are few', () => {
    const queue = new RecordQueue(usageSums, 0, 4);
    for (let i = 0; i < 100; i++) queue.add({ ...one, consumer: `c${i}` });
    for (let i = 0; i < 100; i++) queue.add({ ...one, status: 500, consumer: `c${i}` });
    expect(queue.size).toBeLessThanOrEqual(6);
    const sums = queue.take(100);
    expect(calls(sums)).toBe(200);
    const other = sums.filter(({ route }) => route === 'other');
    expect(other.map(({ status }) => status).sort()).toEqual([200, 500]);
  });
});

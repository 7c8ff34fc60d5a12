import { faultsOf } from '@gatehouse/http';
import { limitKey, planLimits, routeLimits } from './limit-definition.js';

const faults = (...limits: object[]) => {
  const result = routeLimits.safeParse(limits);
  return result.success ? [] : faultsOf(result.error).map(({ pointer }) => pointer);
};

describe('limits as routes say them', () => {
  it('as they always were: a fixed window', () => {
    expect(routeLimits.parse([{ by: 'client', limit: 100, window: 60 }])).toEqual([
      {
        by: 'client',
        limit: 100,
        window: 60,
        algorithm: 'fixed_window',
        cost: 1,
        ipv6_prefix: 64,
        on_store_failure: 'closed',
        headers: true,
      },
    ]);
  });

  it('of a plan: by consumer, where nothing else is said', () => {
    expect(planLimits.parse([{ limit: 100, window: 60 }])[0]).toMatchObject({ by: 'consumer' });
  });

  const good = { by: 'route', limit: 10, window: 60 };

  it.each<[string, object]>([
    ['/0/by', { ...good, by: 'planet' }],
    ['/0/by', { ...good, by: 'header:' }],
    ['/0/by', { ...good, by: 'header:a b' }],
    ['/0/by', { ...good, by: [] }],
    ['/0/by', { ...good, by: ['client', 'client'] }],
    ['/0/limit', { ...good, limit: 0 }],
    ['/0/limit', { ...good, limit: 1.5 }],
    ['/0/window', { by: 'route', limit: 10 }],
    ['/0/window', { ...good, window: 2_678_401 }],
    ['/0/window', { ...good, algorithm: 'concurrency' }],
    ['/0/algorithm', { ...good, algorithm: 'leaky' }],
    ['/0/burst', { ...good, burst: 5 }],
    ['/0/cost', { ...good, cost: 11 }],
    ['/0/cost', { ...good, algorithm: 'gcra', burst: 5, cost: 6 }],
    ['/0/cost', { by: 'route', limit: 10, algorithm: 'concurrency', cost: 2 }],
    ['/0/cost', { ...good, cost: { header: 'x-units', max: 11 } }],
    ['/0/cost/header', { ...good, cost: { header: 'x units', max: 5 } }],
    ['/0/ipv6_prefix', { ...good, ipv6_prefix: 129 }],
    ['/0/ipv6_prefix', { ...good, ipv6_prefix: 48 }],
    ['/0/ipv6_prefix', { ...good, by: ['route'], ipv6_prefix: 128 }],
    ['/0/on_store_failure', { ...good, on_store_failure: 'maybe' }],
    ['/0/name', { ...good, name: 'A "name"' }],
    ['/0', { ...good, more: 1 }],
  ])('%s is wrong in %j', (pointer, limit) => {
    expect(new Set(faults(limit))).toEqual(new Set([pointer]));
  });

  it('two on one counter are refused; by a name or an algorithm of their own they are two', () => {
    expect(faults(good, { ...good, limit: 5 })).toEqual(['/1']);
    expect(faults({ ...good, by: ['route'] }, good)).toEqual(['/1']);
    expect(faults(good, { ...good, name: 'other' })).toEqual([]);
    expect(faults(good, { ...good, algorithm: 'gcra' })).toEqual([]);
    expect(faults(good, { ...good, window: 61 })).toEqual([]);
    expect(faults({ ...good, name: 'x' }, { ...good, window: 1, name: 'x' })).toEqual(['/1']);
  });

  it('ipv6_prefix: wherever an address counts, if only for callers without a name', () => {
    for (const by of ['address', 'consumer', 'header:x-a', ['route', 'client']]) {
      expect(faults({ ...good, by, ipv6_prefix: 48 })).toEqual([]);
    }
  });

  it.each<object>([{}, { name: 'x' }])('another by, window or algorithm is another counter: %j', (named) => {
    const keyOf = (changes: object) => limitKey(routeLimits.parse([{ ...good, ...named, ...changes }])[0]!);
    const others = [{ by: 'client' }, { window: 61 }, { algorithm: 'gcra' }, { algorithm: 'sliding_window' }];
    expect(new Set([{}, ...others].map(keyOf)).size).toBe(5);
    const same = [{ limit: 11 }, { cost: 2 }, { headers: false }, { on_store_failure: 'open' }];
    for (const changes of same) expect(keyOf(changes)).toBe(keyOf({}));
  });
});

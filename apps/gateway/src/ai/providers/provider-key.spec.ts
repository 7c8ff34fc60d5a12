import { KeyRing, ProviderKey } from './provider-key.js';

const NOW = 1_000_000;

describe('the keys of a provider', () => {
  const [a, b] = [() => new ProviderKey('a', 'k-a'), () => new ProviderKey('b', 'k-b')];

  it('are used in turn', () => {
    const ring = new KeyRing([a(), b()]);
    const used = [1, 2, 3, 4].map(() => ring.take(NOW)!.name);
    expect(new Set(used.slice(0, 2))).toEqual(new Set(['a', 'b']));
    expect(used.slice(2)).toEqual(used.slice(0, 2));
  });

  it('that were refused are left out for a good while, and told of once', () => {
    const [one, other] = [a(), b()];
    const ring = new KeyRing([one, other]);
    expect([one.refused(NOW), one.refused(NOW)]).toEqual([true, false]);
    expect([ring.take(NOW)!.name, ring.take(NOW)!.name]).toEqual(['b', 'b']);
    other.refused(NOW);
    expect([ring.take(NOW), ring.wait(NOW)]).toEqual([undefined, Infinity]);
    expect(ring.take(NOW + 300_000)).toBeDefined();
  });

  it('that were used too often rest as long as the provider says, or longer each time', () => {
    const key = a();
    key.overused(NOW, 7_000);
    expect(key.wait(NOW)).toBe(7_000);
    const other = b();
    other.overused(NOW, undefined);
    expect(other.wait(NOW)).toBe(1_000);
    other.overused(NOW + 1_000, undefined);
    expect(other.wait(NOW + 1_000)).toBe(2_000);
    other.overused(NOW + 1_100, undefined);
    expect(other.wait(NOW + 1_000)).toBe(2_000);
    other.worked();
    other.overused(NOW + 5_000, undefined);
    expect(other.wait(NOW + 5_000)).toBe(1_000);
  });

  it('rest for the longest of what several answers say', () => {
    const key = a();
    key.overused(NOW, 7_000);
    key.overused(NOW, 1_000);
    expect(new KeyRing([key]).wait(NOW)).toBe(7_000);
  });
});

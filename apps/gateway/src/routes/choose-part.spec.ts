import type { Call } from '../calls/call.js';
import type { Upstream } from '../upstreams/upstream.js';
import { compileSplit } from './choose-part.js';
import { split } from './split-definition.js';

function chooser(weights: Record<string, number>, sticky?: string) {
  const parts = Object.entries(weights).map(([name, weight]) => ({
    name,
    weight,
    upstream: { url: `http://${name}.example` },
    ...(weight === 0 ? { headers: [{ name: 'never', exact: 'there' }] } : {}),
  }));
  const choose = compileSplit(split.parse({ parts, sticky }), () => ({}) as Upstream);
  return (caller: Call['caller'], ip = '192.0.2.1') =>
    choose({ caller, ip, headers: {}, query: '' } as unknown as Call).part!;
}

const CALLERS = Array.from({ length: 20_000 }, (_, n) => ({
  consumer: `consumer-${n}`,
  subject: `user-${n}`,
}));

function share(taken: readonly string[], part: string): number {
  return taken.filter((one) => one === part).length / taken.length;
}

describe('compileSplit', () => {
  it('divides by weight, by chance and by caller alike', () => {
    for (const sticky of [undefined, 'consumer', 'user']) {
      const choose = chooser({ a: 70, b: 25, c: 5, d: 0 }, sticky);
      const taken = CALLERS.map((caller) => choose(caller));
      expect(share(taken, 'a')).toBeCloseTo(0.7, 1);
      expect(share(taken, 'b')).toBeCloseTo(0.25, 1);
      expect(share(taken, 'c')).toBeGreaterThan(0.04);
      expect(share(taken, 'c')).toBeLessThan(0.06);
      expect(taken).not.toContain('d');
    }
  });

  it('sticky: a weight that grows moves callers to its part, and nobody else', () => {
    const before = chooser({ a: 60, b: 35, c: 5 }, 'consumer');
    const after = chooser({ a: 60, b: 35, c: 10 }, 'consumer');
    let moved = 0;
    for (const caller of CALLERS) {
      if (before(caller) === after(caller)) continue;
      moved++;
      expect(after(caller)).toBe('c');
    }
    expect(moved / CALLERS.length).toBeGreaterThan(0.03);
    expect(moved / CALLERS.length).toBeLessThan(0.06);
  });

  it('sticky: a part that goes away moves its own callers only', () => {
    const before = chooser({ a: 1, b: 1, c: 1 }, 'consumer');
    const after = chooser({ a: 1, b: 1 }, 'consumer');
    for (const caller of CALLERS.slice(0, 2_000)) {
      if (before(caller) !== 'c') expect(after(caller)).toBe(before(caller));
    }
  });

  it('sticky: the address stands in for a name, and networks of IPv6 are one', () => {
    const choose = chooser({ a: 1, b: 1 }, 'user');
    const of = (ip: string) => Array.from({ length: 20 }, () => choose({}, ip));
    expect(new Set(of('192.0.2.7')).size).toBe(1);
    for (let n = 1; n < 50; n++) {
      expect(choose({}, `2001:db8::${n.toString(16)}`)).toBe(choose({}, '2001:db8::ffff'));
    }
  });
});

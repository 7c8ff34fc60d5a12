import { type AiTarget, TargetHealth } from './ai-target.js';
import { type OrderedFor, orderTargets, type Strategy } from './order-targets.js';

const CALL: OrderedFor = { stream: true, costAt: () => 0, now: 0, random: Math.random };
const COOLDOWN = { failures: 2, duration: 30 };

function target(model: string, weight = 1): AiTarget {
  const nothing = { provider: undefined as never, timeouts: undefined as never };
  return {
    ...nothing,
    model,
    weight,
    health: new TargetHealth(),
    contextWindow: undefined,
    isFor: undefined,
  };
}

const order = (targets: readonly AiTarget[], strategy: Strategy, more: Partial<OrderedFor> = {}) =>
  names(orderTargets(targets, strategy, { ...CALL, ...more }));
const names = (targets: readonly AiTarget[]) => targets.map(({ model }) => model).join('');

describe('the order in which targets are asked', () => {
  it('is theirs', () => {
    expect(order([target('a'), target('b')], 'ordered')).toBe('ab');
  });

  it('puts those last that failed again and again, and only for a while', () => {
    const [a, b] = [target('a'), target('b')];
    const now = Date.now();
    expect(a.health.failed(now, COOLDOWN)).toBe(false);
    expect(order([a, b], 'ordered', { now })).toBe('ab');
    expect(a.health.failed(now, COOLDOWN)).toBe(true);
    expect(order([a, b], 'ordered', { now })).toBe('ba');
    b.health.failed(now, COOLDOWN);
    b.health.failed(now, COOLDOWN);
    expect(order([a, b], 'ordered', { now })).toBe('ab');
    expect(order([a, b], 'ordered', { now: now + 30_001 })).toBe('ab');
  });

  it('forgets failures once a target answers', () => {
    const { health } = target('a');
    health.failed(0, COOLDOWN);
    health.answered(true, 10);
    expect(health.failed(0, COOLDOWN)).toBe(false);
  });

  it('follows weights', () => {
    const targets = [target('a', 1), target('b', 9), target('c', 0)];
    const first = new Map<string, number>();
    for (let i = 0; i < 1_000; i++) {
      const random = () => (i + 0.5) / 1_000;
      const [one, , last] = orderTargets(targets, 'weighted', { ...CALL, random });
      first.set(one!.model, (first.get(one!.model) ?? 0) + 1);
      expect(last!.model).toBe('c');
    }
    expect([first.get('a'), first.get('b')]).toEqual([100, 900]);
  });

  it('has the quickest first, after those that nobody has asked', () => {
    const targets = [target('a'), target('b'), target('c')];
    targets[0]!.health.answered(true, 200);
    targets[1]!.health.answered(true, 100);
    expect(order(targets, 'latency')).toBe('cba');
    targets[2]!.health.failed(0, COOLDOWN);
    expect(order(targets, 'latency')).toBe('bac');
  });

  it('has the cheapest first, and last those of which nobody knows the price', () => {
    const prices: Record<string, number> = { b: 3, c: 1, d: 3 };
    const targets = ['a', 'b', 'c', 'd'].map((name) => target(name));
    expect(order(targets, 'cost', { costAt: ({ model }) => prices[model] })).toBe('cbda');
  });

  it('has the one first that has the fewest requests under way', () => {
    const [a, b, c] = [target('a'), target('b'), target('c')];
    for (const { health } of [a, a, b]) health.began();
    expect(order([a, b, c], 'load')).toBe('cba');
    a.health.ended();
    expect(order([a, b, c], 'load')).toBe('cab');
  });
});

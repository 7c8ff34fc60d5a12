import type { TokenUsage } from '../dialects/chat.js';
import { costOf, hasPrice, type Priced } from './cost.js';
import { dollarsOf } from './nano-dollars.js';

const AT = Date.parse('2026-11-01T00:00:00Z');
const of = (pricedAs: string | undefined, model: string, price?: Priced['price']): Priced => ({
  model,
  price,
  provider: { type: pricedAs === undefined ? {} : { pricedAs } },
});

describe('the cost of a call', () => {
  it.each<[string, string, TokenUsage, number]>([
    ['openai', 'gpt-5-mini', { input: 9, output: 3 }, 8_250],
    ['openai', 'gpt-5-mini', { input: 1_000, output: 0, cacheRead: 400 }, 160_000],
    ['anthropic', 'claude-opus-4-5', { input: 9, output: 3, cacheWrite: 5 }, 126_250],
    ['anthropic', 'claude-opus-4-5', { input: 9, output: 3, cacheWrite: 5, cacheWriteHour: 4 }, 141_250],
    [
      'aws',
      'anthropic.claude-sonnet-4-20250514-v1:0',
      { input: 9, cacheWrite: 9, cacheWriteHour: 9 },
      54_000,
    ],
    ['google', 'gemini-2.5-flash', { input: 9, output: 3, audioInput: 5 }, 13_700],
    ['google', 'gemini-2.5-flash', { input: 9, output: 3, audioInput: 5, cacheRead: 4 }, 12_620],
    ['openai', 'text-embedding-3-small', { input: 9 }, 180],
  ])('is by the table of prices for %s/%s %o', (pricedAs, model, usage, expected) => {
    expect(costOf(of(pricedAs, model), usage, AT)).toBe(expected);
  });

  it('is not lost to counts that contradict each other', () => {
    const target = of('google', 'gemini-2.5-flash');
    expect(costOf(target, { input: 9, output: 3, cacheRead: 20, audioInput: 9 }, AT)).toBe(7_770);
  });

  it('is by the price of the target, if it has one', () => {
    const price = { input: 1, output: 10, cache_read: 0.1 };
    const target = of('openai', 'gpt-5-mini', price);
    expect(costOf(target, { input: 10, output: 2, cacheRead: 4, cacheWrite: 1 }, AT)).toBe(26_400);
    expect(costOf(of(undefined, 'own', { input: 0, output: 0 }), { input: 10 }, AT)).toBe(0);
  });

  it('is multiplied by a service tier, and by its own price for what is kept for an hour', () => {
    const target = of('openai', 'gpt-5-mini', { input: 1, output: 10, cache_write: 2, cache_write_1h: 4 });
    expect(costOf(target, { input: 10, cacheWrite: 4, cacheWriteHour: 1 }, AT, 2)).toBe(32_000);
  });

  it('is not known where no price is', () => {
    expect(costOf(of('openai', 'nobody-knows-it'), { input: 1 }, AT)).toBeUndefined();
    expect(hasPrice(of(undefined, 'gpt-5-mini'), AT)).toBe(false);
    expect(hasPrice(of('openai', 'gpt-5-mini'), AT)).toBe(true);
  });

  it.each([
    [0, '0'],
    [8_250, '0.00000825'],
    [10_000_000_000, '10'],
    [1_234_567_890_123_456, '1234567.890123456'],
  ])('%i nano-dollars are %s', (nanos, dollars) => expect(dollarsOf(nanos)).toBe(dollars));
});

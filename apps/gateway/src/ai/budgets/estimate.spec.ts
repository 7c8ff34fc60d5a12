import { DIALECTS } from '../dialects-by-name.js';
import type { OperationName } from '../operations/operation.js';
import { Asked } from '../requests/asked.js';
import { estimateOf } from './estimate.js';

const MODEL = {
  name: 'own',
  targets: [{ model: 'mine', price: { input: 0, output: 10 }, provider: { type: {} } }],
  assumed_output: 7,
} as never;

function outputOf(name: OperationName, body: object): number {
  const bytes = Buffer.from(JSON.stringify({ model: 'own', ...body }));
  const asked = new Asked({ name, dialect: 'openai' }, DIALECTS.openai, bytes, new URLSearchParams());
  return estimateOf(asked, MODEL, 0).output_tokens;
}

describe('what a call may use', () => {
  it('of several prompts is what each may', () => {
    expect(outputOf('completions', { prompt: ['a', 'b', 'c'], max_tokens: 100 })).toBe(300);
    expect(outputOf('completions', { prompt: [[1, 2], [3]], max_tokens: 100, n: 2 })).toBe(400);
    expect(outputOf('completions', { prompt: [1, 2, 3], max_tokens: 100 })).toBe(100);
    expect(outputOf('completions', { prompt: 'a' })).toBe(7);
  });
});

describe('what a call may cost', () => {
  const target = {
    model: 'mine',
    price: { input: 1, output: 0, cache_write: 2, cache_write_1h: 4 },
    provider: { type: {} },
  };
  const costs = (body: string, tiers = {}) => {
    const asked = new Asked(
      { name: 'chat', dialect: 'anthropic' },
      DIALECTS.anthropic,
      Buffer.from(body),
      new URLSearchParams(),
    );
    const model = { targets: [{ ...target, tiers }], assumed_output: 1 } as never;
    return estimateOf(asked, model, 0).usd / Math.ceil(body.length / 3) / 1_000;
  };

  it.each([
    ['{"model":"m"}', 2],
    ['{"model":"m","system":[{"cache_control":{"ttl":"1h"}}]}', 4],
    ['{"model":"m","system":[{"cache_control":{"ttl":"\\u0031h"}}]}', 4],
    ['{"model":"m","system":[{"cache_control":{"ttl":"1\\u0068"}}]}', 4],
    ['{"model":"m","speed":"fast"}', 12],
  ])('is the most that its cache and its tier may cost: %s', (body, factor) => {
    expect(costs(body, { fast: 6 })).toBe(factor);
  });

  it('is no less for a tier that is cheap, as the provider may not grant it', () => {
    expect(costs('{"model":"m","speed":"slow"}', { slow: 0.5 })).toBe(2);
  });
});

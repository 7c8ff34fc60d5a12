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

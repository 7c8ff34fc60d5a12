import { RecordQueue } from '../../usage/record-queue.js';
import type { AiCallRecord } from './ai-call-record.js';
import { aiUsageOf, aiUsageSums } from './ai-usage-record.js';

const one: AiCallRecord = {
  id: 'x',
  at: 1_700_000_000_000,
  route: 'ai',
  api: undefined,
  consumer: 'c',
  credential: undefined,
  client: undefined,
  subject: 's',
  operation: 'chat',
  dialect: 'openai',
  model: 'fast',
  provider: 'p',
  servedModel: 'gpt',
  providerType: 'openai',
  providerUrl: undefined,
  answeringModel: undefined,
  teams: [],
  key: 'main',
  prompt: undefined,
  promptVersion: undefined,
  stream: true,
  status: 200,
  finish: 'stop',
  fault: undefined,
  tries: 1,
  firstTokenMs: 10,
  ms: 20,
  usage: { input: 3, output: 5, cacheRead: 1 },
  cost: 100,
  serviceTier: undefined,
  cache: undefined,
  saved: undefined,
  estimated: false,
  guardrails: [],
};

describe('AI usage records that are added up', () => {
  it('lose no token and no call', () => {
    const queue = new RecordQueue(aiUsageSums, 0);
    queue.add(aiUsageOf(one));
    queue.add(aiUsageOf({ ...one, usage: { input: 4, output: 0, reasoning: 2 } }));
    queue.add(aiUsageOf({ ...one, usage: {}, cost: undefined }));
    expect(queue.take(10)).toEqual([
      expect.objectContaining({
        model: 'fast',
        calls: 3,
        tries: 3,
        cost: 200,
        tokens: { input: 7, output: 5, cacheRead: 1, reasoning: 2 },
      }),
    ]);
  });

  it('keep models, callers and guesses apart, as long as they are few', () => {
    const queue = new RecordQueue(aiUsageSums, 0, 3);
    for (const more of [
      {},
      { model: 'slow' },
      { credential: 'd' },
      { estimated: true },
      { model: 'other one' },
    ]) {
      queue.add(aiUsageOf({ ...one, ...more }));
    }
    const sums = queue.take(10);
    expect(sums.map(({ model, calls }) => [model, calls])).toEqual([
      ['fast', 1],
      ['slow', 1],
      ['fast', 1],
      ['other', 1],
      ['other', 1],
    ]);
    expect(sums.reduce((sum, { tokens }) => sum + tokens.output!, 0)).toBe(25);
  });

  it('of a subject keep what a row has room for', () => {
    expect(aiUsageOf({ ...one, subject: 'x'.repeat(1_000) }).subject).toHaveLength(255);
  });
});

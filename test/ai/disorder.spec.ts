import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import {
  type AiCallObserver,
  AiProvider,
  type Blame,
  ObservesAiCalls,
  OpenAiShaped,
} from '../../apps/gateway/src/extension.js';
import { Upstreams } from '../../apps/gateway/src/upstreams/upstreams.service.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, stream } from './provider-server.js';
import { openAiAnswer, openAiStream, openAiStreamStart } from './wire-shapes.js';

@Injectable()
@AiProvider('clumsy')
class ClumsyProvider extends OpenAiShaped {
  override blameOf(): Blame | undefined {
    throw new TypeError('clumsy');
  }
}

@Injectable()
@ObservesAiCalls('clumsy')
class ClumsyObserver implements AiCallObserver {
  static told = 0;

  finished(): void {
    ClumsyObserver.told++;
    throw new TypeError('clumsy');
  }
}

@Module({ providers: [ClumsyProvider, ClumsyObserver] })
class ClumsyModule {}

const HI = { model: 'clumsy', messages: [{ role: 'user', content: 'Hi' }] };

describe('code that fails while an answer is read', () => {
  let gateway: AiGateway;

  beforeAll(async () => {
    gateway = await startAiGateway({}, [ClumsyModule]);
    await gateway.add('ai-providers', {
      name: 'clumsy',
      type: 'clumsy',
      base_url: `${gateway.openai.url}/v1`,
    });
    await gateway.addModel('clumsy', ['clumsy/x'], { retries: { tries: 1 }, cooldown: { failures: 1_000 } });
  });
  afterAll(() => gateway?.stop());

  const ask = (more: object = {}) => gateway.post('/ai/v1/chat/completions', { ...HI, ...more });
  const connections = () =>
    [...gateway.app.get(Upstreams, { strict: false })].flatMap(({ targets }) =>
      targets.all.map(({ open, active, pending }) => ({ open, active, pending })),
    );

  it.each([
    ['an error', json({}, 500), {}],
    [
      'an error in a stream',
      stream(`${openAiStreamStart}data: {"error":{"message":"x"}}\n\n`),
      { stream: true },
    ],
  ])('fails the call with %s, and no other', async (_name, answer, more) => {
    gateway.openai.reset(answer);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(more)).status));
    expect(new Set(statuses)).toEqual(new Set([502]));
    gateway.openai.reset(json(openAiAnswer));
    expect((await ask()).status).toBe(200);
    gateway.openai.reset(stream(openAiStream));
    expect(await (await ask({ stream: true })).text()).toContain('[DONE]');
    for (const { open, active, pending } of connections()) {
      expect([active, pending]).toEqual([0, 0]);
      expect(open).toBeGreaterThanOrEqual(0);
      expect(open).toBeLessThanOrEqual(20);
    }
  });

  it('when a call is over keeps nothing else from its end: what was reserved is given back', async () => {
    gateway.openai.reset(json(openAiAnswer));
    const targets = [{ provider: 'clumsy', model: 'x', price: { input: 0, output: 10 } }];
    await gateway.add('ai-models', { name: 'priced', targets });
    // Enough for what one call may use at most, and for what many use.
    const budget = { of: 'all', unit: 'usd', limit: 0.0015, per: 'month', everywhere: false };
    await gateway.add('ai-budgets', { name: 'small', ...budget });
    await gateway.addRoute({ name: 'small', match: { paths: ['/small'] }, ai: { budgets: ['small'] } });
    const before = ClumsyObserver.told;
    for (let i = 0; i < 3; i++) {
      const got = await gateway.post('/small/v1/chat/completions', {
        ...HI,
        model: 'priced',
        max_tokens: 100,
      });
      expect([got.status, await got.text()]).toEqual([200, expect.anything()]);
      await sleep(30);
    }
    expect(ClumsyObserver.told - before).toBe(3);
  });
});

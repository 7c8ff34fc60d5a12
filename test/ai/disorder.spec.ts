import { Injectable, Module } from '@nestjs/common';
import { AiProvider, type Blame, OpenAiShaped } from '../../apps/gateway/src/extension.js';
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

@Module({ providers: [ClumsyProvider] })
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
});

import OpenAI from 'openai';
import { type AiGateway, startAiGateway } from '../../../test/ai/ai-gateway.js';
import { json } from '../../../test/ai/provider-server.js';
import { openAiAnswer } from '../../../test/ai/wire-shapes.js';
import { ProjectCodesModule } from './project-codes.guardrail.js';

describe('an in-house AI guardrail', () => {
  let gateway: AiGateway;
  let openai: OpenAI;

  beforeAll(async () => {
    gateway = await startAiGateway({}, [ProjectCodesModule]);
    const guardrail = {
      type: 'project_codes',
      action: 'mask',
      reversible: true,
      settings: { prefix: 'ORN' },
    };
    await gateway.add('ai-guardrails', { name: 'projects', ...guardrail });
    await gateway.addRoute({
      name: 'guarded',
      match: { paths: ['/guarded'] },
      ai: { guardrails: ['projects'] },
    });
    openai = new OpenAI({ baseURL: `${gateway.url}/guarded/v1`, apiKey: 'x', maxRetries: 0 });
  });
  afterAll(() => gateway?.stop());

  const ask = (content: string) =>
    openai.chat.completions.create({ model: 'gpt', messages: [{ role: 'user', content }] });

  const answering = (content: string) => {
    const choice = { ...openAiAnswer.choices[0], message: { role: 'assistant', content } };
    gateway.openai.reset(json({ ...openAiAnswer, choices: [choice] }));
  };

  it('has what it finds masked, and put back', async () => {
    answering('<PROJECT_1> is not ORN-9999');
    const answer = await ask('Is ORN-1234 late?');
    expect(gateway.openai.requests[0]!.body).toContain('Is <PROJECT_1> late?');
    expect(answer.choices[0]!.message.content).toBe('ORN-1234 is not <PROJECT_2>');
  });

  it('has its settings checked when a guardrail is written', async () => {
    const wrong = { name: 'wrong', type: 'project_codes', action: 'block', settings: { prefix: 'orn' } };
    await expect(gateway.add('ai-guardrails', wrong)).rejects.toMatchObject({
      status: 422,
      errors: [expect.objectContaining({ pointer: '/settings/prefix' })],
    });
  });
});

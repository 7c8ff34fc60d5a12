import OpenAI from 'openai';
import { answerEvents } from '../../apps/gateway/src/ai/dialects/answer-events.js';
import { cohereAnswer, cohereStream } from '../gateway/ai/cohere-wire.js';
import { ANSWER } from '../gateway/ai/samples.js';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, startProvider, stream } from './provider-server.js';

const HI = { messages: [{ role: 'user' as const, content: 'Hi' }] };
const KEY = 'cohere-key-0123456789';

let gateway: AiGateway;
let server: ProviderServer;

beforeAll(async () => {
  [gateway, server] = await Promise.all([startAiGateway(), startProvider()]);
  await gateway.add('ai-providers', {
    name: 'cohere',
    type: 'cohere',
    base_url: server.url,
    keys: [{ name: 'main', key: KEY }],
  });
  await gateway.addModel('command', ['cohere/command-a-03-2025'], { retries: { tries: 1 } });
});
afterAll(() => Promise.all([gateway?.stop(), server?.stop()]));
beforeEach(() => server.reset(json(cohereAnswer(ANSWER))));

const ask = (more: object = {}) =>
  gateway.post('/ai/v1/chat/completions', { model: 'command', ...HI, ...more });

describe('Cohere', () => {
  it('is asked by version 2 of its chat, and priced', async () => {
    const answer = await ask({ max_tokens: 9 });
    expect(await answer.json()).toMatchObject({
      model: 'command-a-03-2025',
      choices: [{ finish_reason: 'tool_calls' }],
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v2/chat',
      headers: { authorization: `Bearer ${KEY}` },
      json: { model: 'command-a-03-2025', max_tokens: 9 },
    });
    expect(Number(answer.headers.get('x-gatehouse-cost'))).toBeGreaterThan(0);
  });

  it.each([Infinity, 1])('streams, in pieces of %d bytes', async (size) => {
    server.reset(stream(cohereStream(answerEvents(ANSWER)), size));
    const openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: 'x', maxRetries: 0 });
    const options = { include_usage: true };
    const got = await openai.chat.completions
      .stream({ model: 'command', ...HI, stream_options: options })
      .finalChatCompletion();
    expect(
      got.choices[0]!.message.tool_calls?.map((call) => 'function' in call && call.function.name),
    ).toEqual(['weather', 'now']);
    expect(got.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 40,
      prompt_tokens_details: { cached_tokens: 60 },
    });
  });

  it("is asked for embeddings by what it has of OpenAI's API", async () => {
    const said = { object: 'list', data: [], usage: { prompt_tokens: 2, total_tokens: 2 } };
    server.reset(json(said));
    expect(await (await gateway.post('/ai/v1/embeddings', { model: 'command', input: 'Hi' })).json()).toEqual(
      said,
    );
    expect(server.requests[0]!.path).toBe('/compatibility/v1/embeddings');
  });

  it.each([
    [401, 'invalid api token', 502, 'upstream_credentials_exhausted'],
    [404, "model 'x' not found", 502, 'upstream_model_not_found'],
    [400, 'invalid request: temperature must be less than 1', 400, null],
    [429, 'too many requests', 429, 'rate_limit_exceeded'],
    [500, 'internal', 502, 'upstream_failed'],
  ])('says %i %s', async (status, message, ...told) => {
    const name = `cohere-${status}`;
    await gateway.add('ai-providers', {
      name,
      type: 'cohere',
      base_url: server.url,
      keys: [{ name: 'main', key: KEY }],
    });
    await gateway.addModel(name, [`${name}/command`], { retries: { tries: 1 } });
    server.reset(json({ id: 'x', message }, status));
    const answer = await ask({ model: name });
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual(told);
  });
});

import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { type AiGateway, startAiGateway } from './ai-gateway.js';
import { json, type ProviderServer, stream } from './provider-server.js';
import {
  anthropicAnswer,
  anthropicStream,
  geminiAnswer,
  geminiStream,
  openAiAnswer,
  openAiStream,
} from './wire-shapes.js';

const KEY = 'callers-own-key';

/** Each SDK with only its base URL and key changed, asking each provider's model. */
describe('SDKs of vendors', () => {
  let gateway: AiGateway;
  let openai: OpenAI;
  let anthropic: Anthropic;
  let google: GoogleGenAI;

  beforeAll(async () => {
    gateway = await startAiGateway();
    openai = new OpenAI({ baseURL: `${gateway.url}/ai/v1`, apiKey: KEY, maxRetries: 0 });
    anthropic = new Anthropic({ baseURL: `${gateway.url}/ai`, apiKey: KEY, maxRetries: 0 });
    google = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: `${gateway.url}/ai` } });
  });
  afterAll(() => gateway?.stop());

  const models: [string, keyof Pick<AiGateway, 'openai' | 'anthropic' | 'gemini'>, object, string][] = [
    ['gpt', 'openai', openAiAnswer, openAiStream],
    ['claude', 'anthropic', anthropicAnswer, anthropicStream],
    ['flash', 'gemini', geminiAnswer, geminiStream],
  ];

  /** What no provider may ever see. */
  function expectNoCallersKey(provider: ProviderServer): void {
    for (const { headers, body, path } of provider.requests) {
      expect(JSON.stringify([headers, body, path])).not.toContain(KEY);
    }
  }

  describe.each(models)('ask for %s of %s', (model, provider, whole, streamed) => {
    it('by OpenAI chat', async () => {
      gateway[provider].reset(json(whole));
      const answer = await openai.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(answer.choices[0]!.message.content).toBe('Hello!');
      expect(answer.choices[0]!.finish_reason).toBe('stop');
      expect(answer.usage!.completion_tokens).toBe(3);
      expectNoCallersKey(gateway[provider]);
    });

    it('by an OpenAI chat stream', async () => {
      gateway[provider].reset(stream(streamed));
      const events = await openai.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'Hi' }],
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let tokens: number | undefined;
      for await (const event of events) {
        text += event.choices[0]?.delta.content ?? '';
        tokens = event.usage?.completion_tokens ?? tokens;
      }
      expect([text, tokens]).toEqual(['Hello!', 3]);
    });

    it('by OpenAI responses', async () => {
      gateway[provider].reset(
        provider === 'openai'
          ? json({
              id: 'resp_1',
              object: 'response',
              status: 'completed',
              model: 'gpt-5-mini',
              output: [
                {
                  type: 'message',
                  id: 'msg_1',
                  status: 'completed',
                  role: 'assistant',
                  content: [{ type: 'output_text', text: 'Hello!', annotations: [] }],
                },
              ],
              usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
            })
          : json(whole),
      );
      const answer = await openai.responses.create({ model, input: 'Hi' });
      expect([answer.output_text, answer.usage?.output_tokens]).toEqual(['Hello!', 3]);
      if (provider === 'openai') expect(gateway.openai.requests[0]!.path).toBe('/v1/responses');
    });

    it('by Anthropic messages', async () => {
      gateway[provider].reset(json(whole));
      const answer = await anthropic.messages.create({
        model,
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(answer.content).toEqual([expect.objectContaining({ type: 'text', text: 'Hello!' })]);
      expect([answer.stop_reason, answer.usage.output_tokens]).toEqual(['end_turn', 3]);
      expectNoCallersKey(gateway[provider]);
    });

    it('by an Anthropic stream', async () => {
      gateway[provider].reset(stream(streamed));
      const message = await anthropic.messages
        .stream({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })
        .finalMessage();
      expect(message.content).toEqual([expect.objectContaining({ type: 'text', text: 'Hello!' })]);
      expect(message.usage.output_tokens).toBe(3);
    });

    it('by Gemini', async () => {
      gateway[provider].reset(json(whole));
      const answer = await google.models.generateContent({ model, contents: 'Hi' });
      expect(answer.text).toBe('Hello!');
      expect(answer.usageMetadata?.candidatesTokenCount).toBe(3);
      expectNoCallersKey(gateway[provider]);
    });

    it('by a Gemini stream', async () => {
      gateway[provider].reset(stream(streamed));
      let text = '';
      for await (const chunk of await google.models.generateContentStream({ model, contents: 'Hi' })) {
        text += chunk.text ?? '';
      }
      expect(text).toBe('Hello!');
    });
  });

  describe('call tools', () => {
    const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const;
    const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Paris' } };

    it('of OpenAI, answered by Anthropic, and give the result back', async () => {
      gateway.anthropic.reset(json({ ...anthropicAnswer, content: [toolUse], stop_reason: 'tool_use' }));
      const tools: OpenAI.ChatCompletionTool[] = [
        { type: 'function', function: { name: 'weather', parameters: city } },
      ];
      const asked: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Weather in Paris?' };
      const first = await openai.chat.completions.create({ model: 'claude', messages: [asked], tools });
      const [call] = first.choices[0]!.message.tool_calls as [OpenAI.ChatCompletionMessageFunctionToolCall];
      expect([
        first.choices[0]!.finish_reason,
        call.function.name,
        JSON.parse(call.function.arguments),
      ]).toEqual(['tool_calls', 'weather', { city: 'Paris' }]);
      gateway.anthropic.reset(json(anthropicAnswer));
      const result: OpenAI.ChatCompletionMessageParam = {
        role: 'tool',
        tool_call_id: call.id,
        content: 'Sunny',
      };
      const messages = [asked, first.choices[0]!.message, result];
      await openai.chat.completions.create({ model: 'claude', messages, tools });
      const { messages: sent } = gateway.anthropic.requests[0]!.json as { messages: { content: object[] }[] };
      expect(sent.at(-1)!.content).toEqual([
        expect.objectContaining({ type: 'tool_result', tool_use_id: 'toolu_1' }),
      ]);
    });

    it('of Anthropic, answered by Gemini', async () => {
      const parts = [{ functionCall: { name: 'weather', args: { city: 'Paris' } } }];
      gateway.gemini.reset(
        json({
          ...geminiAnswer,
          candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
        }),
      );
      const answer = await anthropic.messages.create({
        model: 'flash',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Weather in Paris?' }],
        tools: [{ name: 'weather', input_schema: city as never }],
      });
      expect(answer.content).toEqual([
        expect.objectContaining({ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }),
      ]);
      expect(answer.stop_reason).toBe('tool_use');
    });
  });

  it('ask for structured output, whoever answers', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'number' } },
      required: ['a'],
      additionalProperties: false,
    };
    const format = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } as const;
    const messages = [{ role: 'user', content: 'Hi' }] as const;
    gateway.anthropic.reset(json({ ...anthropicAnswer, content: [{ type: 'text', text: '{"a":1}' }] }));
    const ask = { messages: [...messages], response_format: format };
    const answer = await openai.chat.completions.parse({ model: 'claude', ...ask });
    expect(answer.choices[0]!.message.content).toBe('{"a":1}');
    expect(JSON.stringify(gateway.anthropic.requests[0]!.json.output_config)).toContain(
      '"additionalProperties":false',
    );
    gateway.gemini.reset(json(geminiAnswer));
    await openai.chat.completions.create({ model: 'flash', ...ask });
    expect(gateway.gemini.requests[0]!.json.generationConfig).toMatchObject({
      responseMimeType: 'application/json',
    });
  });

  it('get embeddings', async () => {
    const floats = Buffer.from(new Float32Array([0.5, -1]).buffer).toString('base64');
    const data = [{ object: 'embedding', index: 0, embedding: floats }];
    gateway.openai.reset(
      json({ object: 'list', data, model: 'e', usage: { prompt_tokens: 1, total_tokens: 1 } }),
    );
    const answer = await openai.embeddings.create({ model: 'gpt', input: 'Hi' });
    expect(answer.data[0]!.embedding).toEqual([0.5, -1]);
    gateway.gemini.reset(json({ embeddings: [{ values: [0.5, -1] }] }));
    const other = await google.models.embedContent({ model: 'flash', contents: 'Hi' });
    expect(other.embeddings?.[0]?.values).toEqual([0.5, -1]);
  });

  it('list models', async () => {
    const ids = ['claude', 'flash', 'gpt'];
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(ids);
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(ids);
    const listed: (string | undefined)[] = [];
    for await (const { name } of await google.models.list()) listed.push(name);
    expect(listed).toEqual(ids.map((id) => `models/${id}`));
    expect((await openai.models.retrieve('gpt')).id).toBe('gpt');
  });

  it('count tokens at the provider whose dialect they speak', async () => {
    gateway.anthropic.reset(json({ input_tokens: 7 }));
    const counted = await anthropic.messages.countTokens({
      model: 'claude',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(counted.input_tokens).toBe(7);
    gateway.gemini.reset(json({ totalTokens: 7 }));
    expect((await google.models.countTokens({ model: 'flash', contents: 'Hi' })).totalTokens).toBe(7);
  });

  it('each provider gets its own key, as it wants it', () => {
    expect(gateway.openai.requests[0]!.headers.authorization).toBe('Bearer secret-openai-key-0123456789');
    // The version that Anthropic's SDK speaks now has its keys as bearer tokens.
    expect(gateway.anthropic.requests[0]!.headers.authorization).toBe(
      'Bearer secret-anthropic-key-0123456789',
    );
    expect(gateway.gemini.requests[0]!.headers['x-goog-api-key']).toBe('secret-gemini-key-0123456789');
  });
});

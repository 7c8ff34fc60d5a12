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

  it('each provider gets its own key, as it wants it', () => {
    expect(gateway.openai.requests[0]!.headers.authorization).toBe('Bearer secret-openai-key-0123456789');
    expect(gateway.anthropic.requests[0]!.headers['x-api-key']).toBe('secret-anthropic-key-0123456789');
    expect(gateway.gemini.requests[0]!.headers['x-goog-api-key']).toBe('secret-gemini-key-0123456789');
  });
});

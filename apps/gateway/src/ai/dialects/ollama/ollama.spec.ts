import fc from 'fast-check';
import type { ChatRequest as OllamaRequest, ChatResponse, Message, ToolCall } from 'ollama';
import { answers, streams } from '../../../../../../test/gateway/ai/arbitraries.js';
import { contentOf } from '../../../../../../test/gateway/ai/meaning.js';
import { ANSWER, read, REQUEST, written } from '../../../../../../test/gateway/ai/samples.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer } from '../chat.js';
import { ollama } from './ollama.dialect.js';
import type { JsonObject } from '../../../wire/json.js';

const PNG = 'iVBORw0KGgoAAAANSUhEUg==';

const readRequest = (request: OllamaRequest & JsonObject) => ollama.readRequest(request, {});
const ask = (more: Partial<OllamaRequest>) =>
  readRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...more } as never);

/** Its client knows nothing of the ids and numbers of calls, which its server has. */
type Answer = Omit<ChatResponse, 'created_at' | 'message'> & {
  message: Omit<Message, 'tool_calls'> & {
    tool_calls: (ToolCall & { id: string; function: { index: number } })[];
  };
};

/** What Ollama's answers have a place for. */
function told(answer: ChatAnswer): object {
  const { input, output } = answer.usage!;
  return contentOf({ ...answer, id: '', usage: { input, output } });
}

describe('a request of Ollama', () => {
  it('is read with all that can be converted, a 0 apart from what is absent', () => {
    const call = { function: { name: 'weather', arguments: { city: 'Bern' } } };
    const request = readRequest({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What is it?', images: [PNG] },
        { role: 'assistant', content: 'I look.', thinking: 'Two calls.', tool_calls: [call, call] },
        { role: 'tool', content: 'Sunny', tool_name: 'weather' },
        { role: 'tool', content: 'Rainy' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', description: 'd', parameters: {} } }],
      format: { type: 'object' },
      think: 'low',
      logprobs: true,
      options: { num_predict: 5, temperature: 0, top_p: 0.5, top_k: 3, seed: 0, stop: ['END'] },
    } as never);
    expect(request).toMatchObject({
      stream: true,
      instructions: [{ text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          parts: [{ text: 'What is it?' }, { type: 'image', source: { data: PNG, mediaType: 'image/png' } }],
        },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Two calls.' },
            { text: 'I look.' },
            { type: 'tool_call', id: 'call_0', name: 'weather', arguments: { city: 'Bern' } },
            { type: 'tool_call', id: 'call_1' },
          ],
        },
        {
          role: 'tool',
          parts: [
            { callId: 'call_0', parts: [{ text: 'Sunny' }] },
            { callId: 'call_1', parts: [{ text: 'Rainy' }] },
          ],
        },
      ],
      tools: [{ name: 'weather', description: 'd', parameters: {} }],
      outputFormat: { type: 'json_schema', schema: { type: 'object' } },
      reasoning: { effort: 'low', shown: true },
      topLogprobs: 0,
      maxOutputTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
      stop: ['END'],
      unconverted: [],
    });
  });

  it.each([
    [false, { effort: 'none' }],
    [true, { shown: true }],
    [undefined, undefined],
  ])('that says think: %s', (think, reasoning) =>
    expect(ask({ think } as never).reasoning).toEqual(reasoning),
  );

  it('may want as much output as there is room for, and JSON of any form', () => {
    expect(ask({ options: { num_predict: -1 }, format: 'json' })).toMatchObject({
      maxOutputTokens: undefined,
      outputFormat: { type: 'json' },
    });
  });

  it('tells what only Ollama has', () => {
    const { unconverted } = ask({ keep_alive: '5m', options: { num_ctx: 4_096, mirostat: 1 } });
    expect(unconverted).toEqual(['/keep_alive', '/options/num_ctx', '/options/mirostat']);
  });

  it('has images of which somebody knows what they are', () => {
    const messages = [{ role: 'user', content: '', images: ['AAAA'] }];
    expect(() => ask({ messages })).toThrow(
      '/messages/0/images/0 must be a PNG, JPEG, GIF or WebP image as base64',
    );
  });
});

describe('an answer of Ollama', () => {
  it('is of the type of its client', () => {
    const { created_at: at, ...answer } = ollama.writeAnswer(ANSWER, REQUEST) as unknown as ChatResponse;
    expect(at).toBe('2025-10-09T08:53:20.000Z');
    expect(answer).toEqual({
      model: 'a-model',
      message: {
        role: 'assistant',
        content: 'Ich schaue nach: 世界 🌍',
        thinking: 'Two cities, two calls.',
        tool_calls: [
          {
            id: 'call_1__thought__CiQB/+==',
            function: { index: 0, name: 'weather', arguments: { city: 'Zürich', days: 0 } },
          },
          { id: 'call_2', function: { index: 1, name: 'now', arguments: {} } },
        ],
      },
      done: true,
      done_reason: 'stop',
      total_duration: 0,
      load_duration: 0,
      prompt_eval_count: 100,
      prompt_eval_duration: 0,
      eval_count: 40,
      eval_duration: 0,
    } satisfies Answer);
  });

  it('says the same when it is read again', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const again = JSON.parse(JSON.stringify(ollama.writeAnswer(answer, REQUEST))) as JsonObject;
        expect(told(ollama.readAnswer(again))).toEqual(told(answer));
      }),
    );
  });

  it('says the same as a stream, however it is mixed and cut', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 60 }), ({ answer, events }, size) => {
        const again = read(ollama, written(ollama, events), size);
        expect(again.at(-1)).toEqual({ type: 'end' });
        expect(told(assembleAnswer(again))).toEqual(told(answer));
      }),
    );
  });

  it('is a line of JSON for each piece, and of an error one that ends it', () => {
    const stream = written(ollama, [
      ...[...answerEvents(ANSWER)].slice(0, 3),
      { type: 'error', error: { status: 502, message: 'It broke.' } },
      { type: 'end' },
    ]);
    const lines = stream.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as JsonObject)).toEqual([
      expect.objectContaining({ done: false, message: expect.objectContaining({ content: '' }) }),
      { error: 'It broke.' },
    ]);
    expect(read(ollama, stream).at(-1)).toMatchObject({ type: 'error', error: { message: 'It broke.' } });
  });

  it('that ends early ends in an error', () => {
    const bytes = Buffer.from(written(ollama, answerEvents(ANSWER)));
    for (let at = 1; at < bytes.length - 1; at += 7) {
      const events = read(ollama, bytes.subarray(0, at).toString());
      expect(events.at(-1)!.type).toBe('error');
    }
  });
});

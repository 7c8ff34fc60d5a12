import type { Cohere } from 'cohere-ai';
import { cohereReads, cohereSends, cohereStreams } from '../../../../../../test/gateway/ai/cohere-sdk.js';
import { cohereAnswer, cohereStream, readCohere } from '../../../../../../test/gateway/ai/cohere-wire.js';
import { ANSWER, REQUEST, streamOf } from '../../../../../../test/gateway/ai/samples.js';
import type { JsonObject } from '../../../wire/json.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatRequest, StopReason } from '../chat.js';
import { cohere } from './cohere.dialect.js';

const PNG = 'iVBORw0KGgo=';
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const wire = (value: object) => JSON.parse(JSON.stringify(value)) as JsonObject;
const write = (more: Partial<ChatRequest>) => {
  const { body, dropped, ignored } = cohere.writeRequest({ ...REQUEST, ...more });
  return { body: wire(body), dropped, ignored };
};

/** All that can be said, and what Cohere's own client would send for it. */
const FULL: ChatRequest = {
  model: 'command-a-03-2025',
  stream: false,
  instructions: [{ type: 'text', text: 'Be brief.' }],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', source: { data: PNG, mediaType: 'image/png' }, detail: 'low' },
        { type: 'image', source: { url: 'https://example.com/a.png' } },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_call', id: 'a', name: 'f', arguments: { x: 0 } },
        { type: 'tool_call', id: 'b', name: 'g', arguments: {} },
      ],
    },
    {
      role: 'tool',
      parts: [
        { type: 'tool_result', callId: 'a', parts: [{ type: 'text', text: '1' }] },
        { type: 'tool_result', callId: 'b', parts: [{ type: 'text', text: '2' }] },
      ],
    },
    { role: 'assistant', parts: [{ type: 'text', text: 'Done.' }] },
    { role: 'user', parts: [{ type: 'text', text: 'Go on.' }] },
  ],
  tools: [
    { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true },
    { name: 'g', description: 'G', parameters: { type: 'object', properties: {} }, strict: true },
  ],
  toolChoice: { mode: 'required' },
  maxOutputTokens: 100,
  temperature: 0,
  topP: 0.5,
  topK: 0,
  seed: 0,
  frequencyPenalty: 0.5,
  presencePenalty: 0,
  stop: ['END'],
  reasoning: { budgetTokens: 500 },
  outputFormat: { type: 'json_schema', schema: SCHEMA },
  unconverted: [],
};

const SENT: Cohere.V2ChatRequest = {
  model: 'command-a-03-2025',
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', imageUrl: { url: `data:image/png;base64,${PNG}`, detail: 'low' } },
        { type: 'image_url', imageUrl: { url: 'https://example.com/a.png' } },
      ],
    },
    {
      role: 'assistant',
      toolPlan: 'I look.',
      toolCalls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":0}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    },
    { role: 'tool', toolCallId: 'a', content: [{ type: 'text', text: '1' }] },
    { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: '2' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] },
    { role: 'user', content: [{ type: 'text', text: 'Go on.' }] },
  ],
  tools: [
    { type: 'function', function: { name: 'f', description: 'F', parameters: { type: 'object' } } },
    {
      type: 'function',
      function: { name: 'g', description: 'G', parameters: { type: 'object', properties: {} } },
    },
  ],
  strictTools: true,
  toolChoice: 'REQUIRED',
  responseFormat: { type: 'json_object', jsonSchema: SCHEMA },
  maxTokens: 100,
  stopSequences: ['END'],
  temperature: 0,
  seed: 0,
  frequencyPenalty: 0.5,
  presencePenalty: 0,
  k: 0,
  p: 0.5,
  thinking: { type: 'enabled', tokenBudget: 500 },
};

describe('a request to Cohere', () => {
  it('is what its own client sends', async () => {
    const { body, dropped, ignored } = write(FULL);
    expect({ ...body, stream: false }).toEqual(await cohereSends(SENT));
    expect([...dropped, ...ignored]).toEqual([]);
  });

  it.each<[Partial<ChatRequest>, object, string[]]>([
    [{ toolChoice: { mode: 'none' } }, { tool_choice: 'NONE' }, ['f', 'g']],
    [{ toolChoice: { mode: 'auto' } }, {}, ['f', 'g']],
    [{ toolChoice: { mode: 'required', only: ['g'] } }, { tool_choice: 'REQUIRED' }, ['g']],
  ])('chooses tools: %o', (more, choice, names) => {
    const { body } = write({ tools: FULL.tools, ...more });
    expect(body).toMatchObject({ ...choice, tools: names.map((name) => ({ function: { name } })) });
    if (!('tool_choice' in choice)) expect(body).not.toHaveProperty('tool_choice');
  });

  it.each<[ChatRequest['reasoning'], object]>([
    [{ effort: 'none' }, { type: 'disabled' }],
    [{ effort: 'high' }, { type: 'enabled', token_budget: 16_384 }],
  ])('thinks: %o', (reasoning, thinking) =>
    expect(write({ reasoning: reasoning! }).body).toMatchObject({ thinking }),
  );

  it('tells what it cannot say', () => {
    const { body, dropped, ignored } = write({
      topLogprobs: 1,
      frequencyPenalty: 2,
      presencePenalty: -1,
      parallelToolCalls: false,
      topP: 1,
      user: 'u',
      metadata: { a: 'b' },
      tools: [
        { name: 'f', strict: true, at: '/tools/0' },
        { name: 'g', at: '/tools/1' },
      ],
    });
    expect(new Set(dropped)).toEqual(
      new Set([
        '/topLogprobs',
        '/frequencyPenalty',
        '/presencePenalty',
        '/parallelToolCalls',
        '/tools/0/strict',
      ]),
    );
    expect(new Set(ignored)).toEqual(new Set(['/topP', '/user', '/metadata']));
    expect(body).toMatchObject({ p: 0.99 });
  });

  it('has no place for files and sound', () => {
    const source = { data: 'AA==', mediaType: 'application/pdf' };
    const parts = [{ type: 'file', source, at: '/m/0' }] as const;
    expect(() => write({ messages: [{ role: 'user', parts }] })).toThrow('/m/0 must be text or an image');
  });
});

const comparable = ({ candidates, usage }: ChatAnswer) => ({
  candidates: candidates.map(({ parts, stop }) => ({
    parts: parts.map((part) => ({ ...part, by: undefined, signature: undefined })),
    stop,
  })),
  usage: { ...usage, reasoning: undefined, cacheWrite: undefined },
});

describe('an answer of Cohere', () => {
  it('says what its own client reads', async () => {
    const body = cohereAnswer(ANSWER);
    const read = await cohereReads(body);
    expect(read.message.toolCalls?.map((call) => call.function?.name)).toEqual(['weather', 'now']);
    expect(read).toMatchObject({
      finishReason: 'TOOL_CALL',
      message: { toolPlan: 'Ich schaue nach: 世界 🌍' },
    });
    const answer = cohere.readAnswer(wire(body), 'the-model');
    expect(answer).toMatchObject({ id: 'answer-1', model: 'the-model' });
    expect(comparable(answer)).toEqual(comparable(ANSWER));
  });

  it.each<[string, StopReason]>([
    ['COMPLETE', 'stop'],
    ['STOP_SEQUENCE', 'stop_sequence'],
    ['MAX_TOKENS', 'length'],
    ['TOOL_CALL', 'tool_calls'],
    ['ERROR_TOXIC', 'content_filter'],
    ['SOMETHING_NEW', 'stop'],
  ])('that stops for %s stops for %s', (reason, stop) => {
    expect(cohere.readAnswer({ ...cohereAnswer(ANSWER), finish_reason: reason }).candidates[0]!.stop).toBe(
      stop,
    );
  });

  it.each(['ERROR', 'TIMEOUT'])('that ends in %s is none', (reason) => {
    expect(() => cohere.readAnswer({ ...cohereAnswer(ANSWER), finish_reason: reason })).toThrow(reason);
    const end = streamOf({ type: 'message-end', delta: { finish_reason: reason, error: 'no' } });
    expect(readCohere(end)).toMatchObject([{ type: 'error', error: { status: 502, message: 'no' } }]);
  });
});

describe('a stream of Cohere', () => {
  const stream = cohereStream(answerEvents(ANSWER));

  it('says what its own client reads', async () => {
    const types = (await cohereStreams(stream)).map(({ type }) => type);
    expect([types[0], types.at(-1)]).toEqual(['message-start', 'message-end']);
    expect(types.filter((type) => type === 'tool-call-end')).toHaveLength(2);
    const events = readCohere(stream);
    expect(events[0]).toMatchObject({ type: 'start', id: 'answer-1', model: 'command-a-03-2025' });
    expect(comparable(assembleAnswer(events))).toEqual(comparable(ANSWER));
  });

  it('has why tools are called as text', () => {
    const plan = (text: string) => ({ type: 'tool-plan-delta', delta: { message: { tool_plan: text } } });
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '' } };
    const events = readCohere(
      streamOf(
        { type: 'message-start', id: 'x' },
        plan('I '),
        plan('look.'),
        { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: call } } },
        {
          type: 'tool-call-delta',
          index: 0,
          delta: { message: { tool_calls: { function: { arguments: '{}' } } } },
        },
        { type: 'tool-call-end', index: 0 },
        { type: 'message-end', delta: { finish_reason: 'TOOL_CALL' } },
      ),
    );
    expect(assembleAnswer(events).candidates[0]).toMatchObject({
      parts: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_call', id: 'a', name: 'f', arguments: {} },
      ],
      stop: 'tool_calls',
    });
  });

  it('is the same events wherever it is cut', () => {
    const whole = readCohere(stream);
    for (let size = 1; size < 40; size++) expect(readCohere(stream, size)).toEqual(whole);
  });

  it('that ends early ends in an error, once', () => {
    const bytes = Buffer.from(stream);
    for (let at = 0; at < bytes.length; at += 7) {
      const ends = readCohere(bytes.subarray(0, at).toString()).filter(
        ({ type }) => type === 'end' || type === 'error',
      );
      expect(ends).toHaveLength(1);
    }
  });

  it('may hold an error', () => {
    expect(readCohere(streamOf({ message: 'too many requests' }))).toMatchObject([
      { type: 'error', error: { message: 'too many requests' } },
    ]);
  });
});

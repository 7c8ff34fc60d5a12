import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import { bedrockReads, bedrockSends, bedrockStreams } from '../../../../../../test/gateway/ai/bedrock-sdk.js';
import {
  converseAnswer,
  converseStream,
  message,
  readBedrock,
} from '../../../../../../test/gateway/ai/bedrock-wire.js';
import { ANSWER, REQUEST } from '../../../../../../test/gateway/ai/samples.js';
import { EventStreamError } from '../../../wire/event-stream.js';
import type { JsonObject } from '../../../wire/json.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatRequest, StopReason } from '../chat.js';
import { bedrock } from './bedrock.dialect.js';

const CLAUDE = 'eu.anthropic.claude-opus-4-5-20251101-v1:0';
const PNG = 'iVBORw0KGgo=';
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };

const wire = (value: object) => JSON.parse(JSON.stringify(value)) as JsonObject;
const write = (more: Partial<ChatRequest>) => {
  const { body, dropped, ignored } = bedrock.writeRequest({ ...REQUEST, model: CLAUDE, ...more });
  return { body: wire(body), dropped, ignored };
};

/** All that can be said, and what AWS's own client would send for it. */
const FULL: ChatRequest = {
  model: CLAUDE,
  stream: true,
  instructions: [{ type: 'text', text: 'Be brief.', cacheHint: { ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', source: { data: PNG, mediaType: 'image/png' } },
        { type: 'file', source: { data: 'JVBERg==', mediaType: 'application/pdf' } },
        { type: 'file', source: { data: 'R3LDvMOfZQ==', mediaType: 'text/plain' }, cacheHint: {} },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm', by: 'anthropic', signature: 'EqQB/+=' },
        { type: 'reasoning', text: '', by: 'anthropic', signature: 'Emwk', redacted: true },
        { type: 'text', text: 'I look.' },
        { type: 'tool_call', id: 'a', name: 'f', arguments: { x: 0 } },
        { type: 'tool_call', id: 'b:1', name: 'g', arguments: {} },
      ],
    },
    {
      role: 'tool',
      parts: [
        { type: 'tool_result', callId: 'a', parts: [{ type: 'text', text: '1' }] },
        {
          type: 'tool_result',
          callId: 'b:1',
          parts: [{ type: 'image', source: { data: PNG, mediaType: 'image/png' } }],
          isError: true,
        },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'Go on.' }] },
  ],
  tools: [
    { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true },
    { name: 'g', parameters: { type: 'object', properties: {} }, cacheHint: {} },
  ],
  toolChoice: { mode: 'auto' },
  parallelToolCalls: true,
  maxOutputTokens: 100,
  temperature: 0,
  topP: 0.5,
  topK: 0,
  stop: ['END'],
  outputFormat: { type: 'json_schema', name: 'n', description: 'd', schema: SCHEMA },
  unconverted: [],
};

const SENT: ConverseCommandInput = {
  modelId: CLAUDE,
  system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      content: [
        { text: 'What is this?' },
        { image: { format: 'png', source: { bytes: Buffer.from(PNG, 'base64') } } },
        { document: { format: 'pdf', name: 'document 1', source: { bytes: Buffer.from('%PDF') } } },
        { document: { format: 'txt', name: 'document 2', source: { bytes: Buffer.from('Grüße') } } },
        { cachePoint: { type: 'default' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm', signature: 'EqQB/+=' } } },
        { reasoningContent: { redactedContent: Buffer.from('Emwk', 'base64') } },
        { text: 'I look.' },
        { toolUse: { toolUseId: 'a', name: 'f', input: { x: 0 } } },
        { toolUse: { toolUseId: 'b_1', name: 'g', input: {} } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a', content: [{ text: '1' }] } },
        {
          toolResult: {
            toolUseId: 'b_1',
            content: [{ image: { format: 'png', source: { bytes: Buffer.from(PNG, 'base64') } } }],
            status: 'error',
          },
        },
        { text: 'Go on.' },
      ],
    },
  ],
  inferenceConfig: { maxTokens: 100, temperature: 0, topP: 0.5, stopSequences: ['END'] },
  toolConfig: {
    tools: [
      { toolSpec: { name: 'f', description: 'F', inputSchema: { json: { type: 'object' } }, strict: true } },
      { toolSpec: { name: 'g', inputSchema: { json: { type: 'object', properties: {} } } } },
      { cachePoint: { type: 'default' } },
    ],
    toolChoice: { auto: {} },
  },
  outputConfig: {
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { schema: JSON.stringify(SCHEMA), name: 'n', description: 'd' } },
    },
  },
  additionalModelRequestFields: { top_k: 0 },
};

describe('a request to Bedrock', () => {
  it("is what AWS's own client sends", async () => {
    const { body, dropped, ignored } = write(FULL);
    expect(body).toEqual((await bedrockSends(SENT)).json);
    expect([...dropped, ...ignored]).toEqual([]);
  });

  it.each<[Partial<ChatRequest>, object]>([
    [{ toolChoice: { mode: 'required' } }, { any: {} }],
    [{ toolChoice: { mode: 'required', only: ['g'] } }, { tool: { name: 'g' } }],
  ])('chooses tools: %o', (more, toolChoice) => {
    expect(write({ tools: FULL.tools, ...more }).body.toolConfig).toMatchObject({ toolChoice });
  });

  it('shows no tools where none is to be called, unless some were', () => {
    const none = { tools: FULL.tools, toolChoice: { mode: 'none' } } as const;
    expect(write(none).body).not.toHaveProperty('toolConfig');
    const after = write({ ...none, messages: FULL.messages });
    expect(after.body).toHaveProperty('toolConfig');
    expect(after.dropped).toEqual(['/toolChoice']);
  });

  it.each<[string, ChatRequest['reasoning'], object]>([
    [
      CLAUDE,
      { budgetTokens: 2_000 },
      { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } } },
    ],
    [
      'anthropic.claude-opus-5-v1:0',
      { effort: 'high' },
      { additionalModelRequestFields: { thinking: { type: 'adaptive' } }, outputConfig: { effort: 'high' } },
    ],
    [CLAUDE, { effort: 'none' }, { additionalModelRequestFields: { thinking: { type: 'disabled' } } }],
    [
      'us.amazon.nova-2-lite-v1:0',
      { effort: 'medium' },
      {
        additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
      },
    ],
    [
      'openai.gpt-oss-120b-1:0',
      { effort: 'low' },
      { additionalModelRequestFields: { reasoning_effort: 'low' } },
    ],
  ])('tells %s to think: %o', (model, reasoning, body) => {
    const written = write({ model, reasoning: reasoning! });
    expect(written.body).toMatchObject(body);
    expect(written.dropped).toEqual([]);
  });

  it('tells what it cannot say', () => {
    const { dropped, ignored } = write({
      model: 'meta.llama3-1-70b-instruct-v1:0',
      seed: 1,
      topK: 1,
      topLogprobs: 1,
      frequencyPenalty: 1,
      presencePenalty: 1,
      parallelToolCalls: false,
      outputFormat: { type: 'json' },
      reasoning: { effort: 'low' },
      user: 'u',
      metadata: { a: 'b' },
      instructions: [{ type: 'text', text: 'x', cacheHint: {}, at: '/system/0' }],
    });
    expect(new Set(dropped)).toEqual(
      new Set([
        '/seed',
        '/topK',
        '/topLogprobs',
        '/frequencyPenalty',
        '/presencePenalty',
        '/parallelToolCalls',
        '/outputFormat',
        '/reasoning',
      ]),
    );
    expect(new Set(ignored)).toEqual(new Set(['/user', '/metadata', '/system/0']));
  });

  it.each<[string, ChatRequest['messages'][number]]>([
    [
      'must be bytes',
      { role: 'user', parts: [{ type: 'image', source: { url: 'https://example.com/a.png' }, at: '/m/0' }] },
    ],
    [
      'must not be audio',
      {
        role: 'user',
        parts: [{ type: 'audio', source: { data: 'AA==', mediaType: 'audio/wav' }, at: '/m/0' }],
      },
    ],
    [
      'must be PNG',
      {
        role: 'user',
        parts: [{ type: 'image', source: { data: 'AA==', mediaType: 'image/tiff' }, at: '/m/0' }],
      },
    ],
    [
      'must be bytes',
      { role: 'user', parts: [{ type: 'file', source: { fileId: 'f', vendor: 'openai' }, at: '/m/0' }] },
    ],
  ])('%s: or it is refused', (fault, sent) => {
    expect(() => write({ messages: [sent] })).toThrow(`/m/0 ${fault}`);
  });
});

/** What is left of an answer: Bedrock names neither it nor the model, and no signatures of other vendors. */
const comparable = ({ candidates, usage }: ChatAnswer) => ({
  candidates: candidates.map(({ parts, stop }) => ({
    parts: parts.map((part) => ({ ...part, ...(part.type === 'tool_call' ? { signature: undefined } : {}) })),
    stop,
  })),
  usage: { ...usage, reasoning: undefined },
});

describe('an answer of Bedrock', () => {
  it("says what AWS's own client reads", async () => {
    const body = wire(converseAnswer(ANSWER));
    const byItsClient = await bedrockReads(body);
    expect(
      byItsClient.output?.message?.content?.map(
        (block) => Object.keys(block).filter((key) => key !== '$unknown')[0],
      ),
    ).toEqual(['reasoningContent', 'text', 'toolUse', 'toolUse']);
    expect(byItsClient.usage).toMatchObject({ inputTokens: 40, outputTokens: 40, cacheReadInputTokens: 60 });
    const answer = bedrock.readAnswer(body, 'the-model');
    expect(answer).toMatchObject({ model: 'the-model', id: expect.stringMatching(/^bedrock-/) as string });
    expect(comparable(answer)).toEqual(comparable(ANSWER));
  });

  it.each<[string, StopReason]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop_sequence'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context_window'],
    ['tool_use', 'tool_calls'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
  ])('that stops for %s stops for %s', (stopReason, stop) => {
    expect(bedrock.readAnswer({ ...wire(converseAnswer(ANSWER)), stopReason }).candidates[0]!.stop).toBe(
      stop,
    );
  });

  it('that is malformed is none', () => {
    const body = { ...converseAnswer(ANSWER), stopReason: 'malformed_tool_use' };
    expect(() => bedrock.readAnswer(body)).toThrow('malformed_tool_use');
    const stopped = message('messageStop', { stopReason: 'malformed_tool_use' });
    expect(readBedrock(stopped)).toMatchObject([{ type: 'error', error: { status: 502 } }]);
  });

  it('without content is none', () => {
    expect(() => bedrock.readAnswer({ output: {} })).toThrow('without content');
  });
});

describe('a stream of Bedrock', () => {
  const stream = converseStream(answerEvents(ANSWER));

  it("says what AWS's own client reads", async () => {
    const names = (await bedrockStreams(stream)).map((event) => Object.keys(event)[0]);
    expect(names.filter((name) => name === 'contentBlockStop')).toHaveLength(4);
    expect([names[0], names.at(-1)]).toEqual(['messageStart', 'metadata']);
    const events = readBedrock(stream);
    expect(events[0]).toMatchObject({ type: 'start', model: 'anthropic.claude-opus-4-5-v1:0' });
    expect(events.at(-1)).toEqual({ type: 'end' });
    expect(comparable(assembleAnswer(events))).toEqual(comparable(ANSWER));
  });

  it('is the same events wherever it is cut', () => {
    const timeless = (size?: number) =>
      readBedrock(stream, size).map((event) => ({ ...event, id: undefined }));
    const whole = timeless();
    for (let size = 1; size < 40; size++) expect(timeless(size)).toEqual(whole);
    const parsed = bedrock.parser!().push(stream);
    for (let at = 0; at < stream.length; at++) {
      const parser = bedrock.parser!();
      expect([...parser.push(stream.subarray(0, at)), ...parser.push(stream.subarray(at))]).toEqual(parsed);
    }
  });

  it('that ends early ends in an error, once', () => {
    for (let at = 0; at < stream.length; at += 7) {
      const ends = readBedrock(stream.subarray(0, at)).filter(
        ({ type }) => type === 'end' || type === 'error',
      );
      expect(ends).toHaveLength(1);
    }
    expect(readBedrock(stream.subarray(0, 200)).at(-1)).toMatchObject({
      error: { code: 'upstream_stream_cut' },
    });
  });

  it('is not believed where a byte is damaged: of the prelude, of a header, of what is said', () => {
    const first = message('messageStart', { role: 'assistant' });
    for (let at = 0; at < first.length; at++) {
      const damaged = Buffer.from(first);
      damaged[at] = damaged[at]! ^ 1;
      expect(() => bedrock.parser!().push(damaged)).toThrow(EventStreamError);
    }
  });

  it.each([
    ['throttlingException', 429],
    ['validationException', 400],
    ['modelStreamErrorException', 502],
    ['internalServerException', 500],
    ['serviceUnavailableException', 503],
  ])('ends in %s as in a %i', async (name, status) => {
    const failed = message(name, { message: 'no' }, 'exception');
    await expect(bedrockStreams(failed)).rejects.toThrow('no');
    expect(readBedrock(failed)).toEqual([{ type: 'error', error: { status, message: 'no', code: name } }]);
  });
});

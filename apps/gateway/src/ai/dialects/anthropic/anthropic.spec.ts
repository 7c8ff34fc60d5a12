import type Anthropic from '@anthropic-ai/sdk';
import { ANSWER, read, REQUEST, streamOf, written } from '../../../../../../test/gateway/ai/samples.js';
import { anthropicAnswered } from '../../../../../../test/gateway/ai/sdk-clients.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatEvent, ChatRequest } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { anthropic } from './anthropic.dialect.js';

/** The SDK's last version leaves out what the newest models refuse. */
type Params = Anthropic.MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number };

const PNG = 'iVBORw0KGgo=';

const body = (params: object) => params as JsonObject;
const readRequest = (params: Params) => anthropic.readRequest(body(params), {});

/** All that can be converted, as the SDK's own type has it. */
const PARAMS = {
  model: 'claude-opus-5',
  max_tokens: 0,
  stream: true,
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?', cache_control: { type: 'ephemeral' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
          title: 'a.pdf',
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
        { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'EqQB/+=' },
        { type: 'redacted_thinking', data: 'Emwk' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'a', name: 'f', input: { x: 0 } },
        { type: 'tool_use', id: 'b', name: 'g', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '1' }] },
        { type: 'tool_result', tool_use_id: 'b', is_error: true },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ],
  temperature: 0,
  top_p: 0.5,
  top_k: 0,
  stop_sequences: ['END'],
  tools: [
    { name: 'f', description: 'F', input_schema: { type: 'object' }, strict: true },
    { name: 'g', input_schema: { type: 'object', properties: {} }, cache_control: { type: 'ephemeral' } },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  output_config: { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } },
  metadata: { user_id: 'u' },
} satisfies Params;

const READ: ChatRequest = {
  model: 'claude-opus-5',
  stream: true,
  instructions: [{ type: 'text', text: 'Be brief.', cacheHint: { ttl: '1h' }, at: '/system/0' }],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?', cacheHint: {}, at: '/messages/0/content/0' },
        { type: 'image', source: { data: PNG, mediaType: 'image/png' }, at: '/messages/0/content/1' },
        { type: 'image', source: { url: 'https://example.com/a.png' }, at: '/messages/0/content/2' },
        {
          type: 'file',
          source: { data: 'JVBERg==', mediaType: 'application/pdf' },
          name: 'a.pdf',
          at: '/messages/0/content/3',
        },
        {
          type: 'file',
          source: { data: 'R3LDvMOfZQ==', mediaType: 'text/plain' },
          at: '/messages/0/content/4',
        },
        { type: 'file', source: { fileId: 'file_1', vendor: 'anthropic' }, at: '/messages/0/content/5' },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm', by: 'anthropic', signature: 'EqQB/+=', at: '/messages/1/content/0' },
        {
          type: 'reasoning',
          text: '',
          by: 'anthropic',
          signature: 'Emwk',
          redacted: true,
          at: '/messages/1/content/1',
        },
        { type: 'text', text: 'I look.', at: '/messages/1/content/2' },
        { type: 'tool_call', id: 'a', name: 'f', arguments: { x: 0 }, at: '/messages/1/content/3' },
        { type: 'tool_call', id: 'b', name: 'g', arguments: {}, at: '/messages/1/content/4' },
      ],
    },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool_result',
          callId: 'a',
          parts: [{ type: 'text', text: '1', at: '/messages/2/content/0/content/0' }],
          at: '/messages/2/content/0',
        },
        { type: 'tool_result', callId: 'b', parts: [], isError: true, at: '/messages/2/content/1' },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'Go on.', at: '/messages/2/content/2' }] },
  ],
  tools: [
    { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true, at: '/tools/0' },
    { name: 'g', parameters: { type: 'object', properties: {} }, cacheHint: {}, at: '/tools/1' },
  ],
  toolChoice: { mode: 'auto' },
  parallelToolCalls: false,
  maxOutputTokens: 0,
  temperature: 0,
  topP: 0.5,
  topK: 0,
  stop: ['END'],
  outputFormat: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
  user: 'u',
  unconverted: [],
};

const write = (members: Partial<ChatRequest>) => anthropic.writeRequest({ ...REQUEST, ...members });

describe('a request of Anthropic’s messages', () => {
  it('is read with all that can be converted, a 0 apart from what is absent', () => {
    expect(readRequest(PARAMS)).toEqual({ ...READ, pointers: expect.any(Object) });
  });

  it('is written as the SDK’s own type, results of tools together in one message of the user', () => {
    expect(anthropic.writeRequest(READ)).toEqual({ body: PARAMS, dropped: [], ignored: [] });
  });

  it('takes instructions between messages, as Claude Code sends them, and says them with the others', () => {
    const request = readRequest({
      model: 'm',
      max_tokens: 1,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'In German.' },
      ],
    });
    expect(request.messages[1]).toMatchObject({ role: 'system', parts: [{ text: 'In German.' }] });
    const { body, ignored } = anthropic.writeRequest(request);
    expect(body.system).toEqual([{ type: 'text', text: 'In German.' }]);
    expect(ignored).toEqual(['/messages/1/content']);
  });

  it('tells what it has that cannot be converted', () => {
    const { unconverted, tools } = readRequest({
      model: 'm',
      max_tokens: 1,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'a', name: 'f', input: {}, caller: { type: 'direct' } }],
        },
      ],
      tools: [
        { type: 'web_search_20260318', name: 'web_search' },
        { type: 'custom', name: 'f', input_schema: { type: 'object' }, input_examples: [{}] },
      ],
      service_tier: 'auto',
    });
    expect(unconverted).toEqual([
      '/messages/0/content/0',
      '/tools/0',
      '/tools/1/input_examples',
      '/service_tier',
    ]);
    expect(tools).toEqual([{ name: 'f', parameters: { type: 'object' }, at: '/tools/1' }]);
  });

  it.each<[object, string]>([
    [{ max_tokens: undefined }, '/max_tokens is missing: it must be a number'],
    [{ temperature: 1.5 }, '/temperature must be at most 1'],
    [{ system: 5 }, '/system must be a string or an array'],
    [{ tools: [{ name: 'f' }] }, '/tools/0/input_schema is missing: it must be an object'],
    [{ tools: [{ type: 'custom', name: 5, input_schema: {} }] }, '/tools/0/name must be a string'],
    [{ thinking: { type: 'enabled' } }, '/thinking/budget_tokens is missing: it must be a number'],
    [
      { output_config: { effort: 'extreme' } },
      '/output_config/effort must be "low" or "medium" or "high" or "xhigh" or "max"',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] },
      '/messages/0/content/0/text must be a string',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', data: 'x' } }] }] },
      '/messages/0/content/0/source/media_type is missing: it must be a string',
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: '{}' }] }] },
      '/messages/0/content/0/input must be an object',
    ],
  ])('%j is refused: %s', (members, message) => {
    const params = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }], ...members };
    const pointer = message.split(' ')[0];
    expect(() => anthropic.readRequest(body(params), {})).toThrow(
      expect.objectContaining({ message, pointer }),
    );
  });

  it('is given a limit of tokens where it has none', () => {
    expect(write({}).body.max_tokens).toBe(4096);
    expect(write({ maxOutputTokens: 0 }).body.max_tokens).toBe(0);
  });

  it('refuses or drops what cannot be said', () => {
    expect(() => write({ candidates: 2, pointers: { candidates: '/n' } })).toThrow(
      expect.objectContaining({ pointer: '/n' }),
    );
    const { body, dropped, ignored } = write({
      temperature: 1.5,
      seed: 0,
      topLogprobs: 0,
      frequencyPenalty: 0,
      presencePenalty: 1,
      outputFormat: { type: 'json' },
      stop: ['\n', 'END'],
      metadata: { a: 'b' },
    });
    expect(body).toMatchObject({ temperature: 1, stop_sequences: ['END'] });
    expect(dropped).toEqual([
      '/temperature',
      '/stop',
      '/outputFormat',
      '/seed',
      '/topLogprobs',
      '/presencePenalty',
    ]);
    expect(ignored).toEqual(['/metadata']);
  });

  it('gives reasoning back to Claude alone', () => {
    const parts = [
      { type: 'reasoning', text: 'A', by: 'anthropic', signature: 's', at: '/0' },
      { type: 'reasoning', text: 'B', by: 'openai', signature: 's', at: '/1' },
      { type: 'reasoning', text: 'C', at: '/2' },
    ] as const;
    const { body, ignored } = write({ messages: [{ role: 'assistant', parts }] });
    expect(body.messages).toEqual([
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'A', signature: 's' }] },
    ] satisfies Anthropic.MessageParam[]);
    expect(ignored).toEqual(['/1', '/2']);
  });

  it('closes the schema of the answer, as Claude wants it', () => {
    const schema = {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          items: { type: 'object', properties: { b: { anyOf: [{ type: ['object', 'null'] }] } } },
        },
      },
      $defs: { c: { type: 'object', additionalProperties: true } },
    };
    const { body } = write({ outputFormat: { type: 'json_schema', schema, description: 'D' } });
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          description: 'D',
          type: 'object',
          additionalProperties: false,
          properties: {
            a: {
              type: 'array',
              items: {
                type: 'object',
                additionalProperties: false,
                properties: { b: { anyOf: [{ type: ['object', 'null'], additionalProperties: false }] } },
              },
            },
          },
          $defs: { c: { type: 'object', additionalProperties: true } },
        },
      },
    } satisfies Anthropic.OutputConfig & object);
  });

  it.each<[Partial<ChatRequest>, object, string[], string[]]>([
    [
      { model: 'claude-opus-5', reasoning: { effort: 'high' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      [],
      [],
    ],
    [
      { model: 'claude-opus-4-6', reasoning: { effort: 'minimal', shown: true } },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'low' } },
      [],
      ['/reasoning'],
    ],
    [{ reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }, [], []],
    [{ reasoning: { shown: false } }, { thinking: { type: 'adaptive', display: 'omitted' } }, [], []],
    [
      { model: 'claude-sonnet-4-5-20250929', reasoning: { effort: 'medium' }, temperature: 0.5 },
      { max_tokens: 12_288, thinking: { type: 'enabled', budget_tokens: 8_192 }, temperature: undefined },
      ['/temperature'],
      ['/reasoning'],
    ],
    [
      {
        model: 'anthropic.claude-sonnet-4-20250514-v1:0',
        reasoning: { budgetTokens: 5_000 },
        maxOutputTokens: 3_000,
      },
      { max_tokens: 3_000, thinking: { type: 'enabled', budget_tokens: 2_999 } },
      [],
      ['/reasoning'],
    ],
    [
      { model: 'claude-haiku-4-5', reasoning: { budgetTokens: 5_000 }, maxOutputTokens: 500 },
      { max_tokens: 500, thinking: undefined },
      ['/reasoning'],
      [],
    ],
    [
      {
        model: 'claude-opus-5',
        reasoning: { effort: 'low' },
        toolChoice: { mode: 'required' },
        tools: [{ name: 'f' }],
      },
      { thinking: undefined, tool_choice: { type: 'any' } },
      ['/reasoning'],
      [],
    ],
    [
      {
        model: 'claude-sonnet-4-5',
        reasoning: { effort: 'low' },
        messages: [
          { role: 'assistant', parts: [{ type: 'tool_call', id: 'a', name: 'f', arguments: {} }] },
          { role: 'tool', parts: [{ type: 'tool_result', callId: 'a', parts: [] }] },
        ],
      },
      { thinking: undefined },
      ['/reasoning'],
      [],
    ],
  ])('says of %j how Claude is to think', (members, expected, dropped, ignored) => {
    const written = write(members);
    for (const [name, value] of Object.entries(expected)) expect(written.body[name]).toEqual(value);
    expect(written).toMatchObject({ dropped, ignored });
  });

  it.each<[Partial<ChatRequest>, Anthropic.ToolChoice | undefined, string[]]>([
    [{ toolChoice: { mode: 'none' } }, { type: 'none' }, ['f', 'g', 'h']],
    [{ toolChoice: { mode: 'required', only: ['g'] } }, { type: 'tool', name: 'g' }, ['f', 'g', 'h']],
    [{ toolChoice: { mode: 'required', only: ['g', 'h'] } }, { type: 'any' }, ['g', 'h']],
    [{ toolChoice: { mode: 'auto', only: ['f', 'h'] } }, { type: 'auto' }, ['f', 'h']],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }, ['f', 'g', 'h']],
    [{}, undefined, ['f', 'g', 'h']],
  ])('says the choice of tools of %j', (members, choice, names) => {
    const { body } = write({ ...members, tools: [{ name: 'f' }, { name: 'g' }, { name: 'h' }] });
    expect(body.tool_choice).toEqual(choice);
    expect((body.tools as unknown as Anthropic.Tool[]).map(({ name }) => name)).toEqual(names);
  });
});

const MESSAGE = {
  id: 'answer-1',
  type: 'message',
  role: 'assistant',
  model: 'a-model',
  container: null,
  diagnostics: null,
  content: [
    { type: 'thinking', thinking: 'Two cities, two calls.', signature: 'EqQB/+=' },
    { type: 'text', text: 'Ich schaue nach: 世界 🌍', citations: [] },
    {
      type: 'tool_use',
      id: 'call_1__thought__CiQB/+==',
      name: 'weather',
      input: { city: 'Zürich', days: 0 },
      caller: { type: 'direct' },
    },
    { type: 'tool_use', id: 'call_2', name: 'now', input: {}, caller: { type: 'direct' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  stop_details: null,
  usage: {
    input_tokens: 40,
    output_tokens: 40,
    cache_read_input_tokens: 60,
    cache_creation_input_tokens: 0,
    output_tokens_details: { thinking_tokens: 10 },
    server_tool_use: null,
    cache_creation: null,
    inference_geo: null,
    service_tier: null,
    speed: null,
  },
} satisfies Anthropic.Message;

const finalMessage = (stream: string) => anthropicAnswered(stream).messages.stream(PARAMS).finalMessage();

describe('an answer of Anthropic’s messages', () => {
  it('is written as the SDK’s own type', () => {
    expect(anthropic.writeAnswer(ANSWER, REQUEST)).toEqual(MESSAGE);
  });

  it('streams to the same message, put together by the SDK', async () => {
    const events = [...answerEvents(ANSWER)];
    const stream = written(anthropic, [events[0]!, { type: 'ping' }, ...events.slice(1)]);
    expect(JSON.parse(JSON.stringify(await finalMessage(stream)))).toEqual({
      ...MESSAGE,
      parsed_output: null,
    });
    expect(stream).toMatch(/^event: message_start\ndata: .*\n\nevent: ping\n/);
  });

  it('lines parallel tool calls up that come mixed (LiteLLM #5231, #25321)', async () => {
    const begin = (part: number, id: string): ChatEvent => ({
      type: 'part_start',
      candidate: 0,
      part,
      of: { type: 'tool_call', id, name: 'f' },
    });
    const delta = (part: number, text: string): ChatEvent => ({ type: 'delta', candidate: 0, part, text });
    const end = (part: number): ChatEvent => ({ type: 'part_end', candidate: 0, part });
    const stream = written(anthropic, [
      { type: 'start', id: 'i', model: 'm' },
      begin(0, 'a'),
      begin(1, 'b'),
      begin(2, 'c'),
      delta(1, '{"b":'),
      delta(0, '{"a":'),
      delta(2, '{"c":3}'),
      end(2),
      delta(0, '1}'),
      end(0),
      delta(1, '2}'),
      end(1),
      { type: 'stop', candidate: 0, stop: 'tool_calls' },
      { type: 'end' },
    ]);
    const indexes = [...stream.matchAll(/"content_block_(?:start|stop)","index":(\d)/g)].map(
      ([, index]) => index,
    );
    expect(indexes).toEqual(['0', '0', '1', '1', '2', '2']);
    const { content } = await finalMessage(stream);
    expect(content.map((block) => block.type === 'tool_use' && [block.id, block.input])).toEqual([
      ['a', { a: 1 }],
      ['b', { b: 2 }],
      ['c', { c: 3 }],
    ]);
  });

  it('carries reasoning of others behind their names, and takes it back', () => {
    const parts = [
      { type: 'reasoning', text: '', by: 'openai_responses', signature: 'gAAA', redacted: true },
      { type: 'reasoning', text: 'Hm', by: 'openai' },
      { type: 'reasoning', text: 'Ha' },
    ] as const;
    const answer: ChatAnswer = { ...ANSWER, candidates: [{ parts, stop: 'stop' }] };
    const { content } = anthropic.writeAnswer(answer, REQUEST);
    expect(content).toEqual([
      { type: 'redacted_thinking', data: 'openai_responses:gAAA' },
      { type: 'thinking', thinking: 'Hm', signature: 'openai:' },
      { type: 'thinking', thinking: 'Ha', signature: '' },
    ]);
    const streamed = assembleAnswer(read(anthropic, written(anthropic, answerEvents(answer))));
    expect(anthropic.writeAnswer(streamed, REQUEST).content).toEqual(content);
    const messages = [{ role: 'assistant', content }] as unknown as Anthropic.MessageParam[];
    const [message] = readRequest({ model: 'm', max_tokens: 1, messages }).messages;
    expect(message?.parts).toEqual(parts.map((part) => ({ ...part, at: expect.any(String) })));
  });

  it('tells an error in a stream as the SDK reads it', async () => {
    const error = { status: 529, message: 'Overloaded', code: 'upstream_overloaded' };
    const events = [...answerEvents(ANSWER)].slice(0, 5);
    await expect(
      finalMessage(written(anthropic, [...events, { type: 'error', error }])),
    ).rejects.toMatchObject({
      type: 'overloaded_error',
      error: { error: { details: { error_code: 'upstream_overloaded' } } },
    });
  });

  it('tells an error as the SDK reads it', async () => {
    const error = anthropic.writeError({ status: 429, message: 'Too much' });
    expect(error).toEqual({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Too much' },
      request_id: null,
    } satisfies Anthropic.ErrorResponse);
    await expect(
      anthropicAnswered(error, 429).messages.create({ ...PARAMS, stream: false }),
    ).rejects.toMatchObject({
      status: 429,
      type: 'rate_limit_error',
    });
  });
});

/** As the documentation has it. */
const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude',
    usage: { input_tokens: 25, cache_read_input_tokens: 5, output_tokens: 1 },
  },
};
const block = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const end = (index: number) => ({ type: 'content_block_stop', index });
const STOP = [
  {
    type: 'message_delta',
    delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    usage: { output_tokens: 15 },
  },
  { type: 'message_stop' },
];

describe('a provider’s stream of Anthropic’s messages', () => {
  it('is read as the answer is', () => {
    const stream = written(anthropic, answerEvents({ ...ANSWER, created: undefined }));
    expect(assembleAnswer(read(anthropic, stream))).toEqual(anthropic.readAnswer(body(MESSAGE)));
  });

  it('is put together, its usage by the last that was said', () => {
    const answer = assembleAnswer(
      read(
        anthropic,
        streamOf(
          START,
          { type: 'ping' },
          block(0, { type: 'thinking', thinking: '', signature: '' }),
          delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
          delta(0, { type: 'signature_delta', signature: 's' }),
          end(0),
          block(1, { type: 'server_tool_use', id: 'x', name: 'web_search', input: {} }),
          delta(1, { type: 'input_json_delta', partial_json: '{}' }),
          end(1),
          block(2, { type: 'text', text: '' }),
          delta(2, { type: 'text_delta', text: 'Hi' }),
          end(2),
          block(3, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
          delta(3, { type: 'input_json_delta', partial_json: '' }),
          end(3),
          block(4, { type: 'tool_use', id: 'b', name: 'g', input: { whole: true } }),
          end(4),
          ...STOP,
        ),
      ),
    );
    expect(answer).toEqual({
      id: 'msg_1',
      model: 'claude',
      candidates: [
        {
          parts: [
            { type: 'reasoning', text: 'Hm', by: 'anthropic', signature: 's' },
            { type: 'text', text: 'Hi' },
            { type: 'tool_call', id: 'a', name: 'f', arguments: {} },
            { type: 'tool_call', id: 'b', name: 'g', arguments: { whole: true } },
          ],
          stop: 'stop_sequence',
          stopSequence: 'END',
        },
      ],
      usage: { input: 30, output: 15, cacheRead: 5 },
    });
  });

  it('that was cut, or says an error, ends in one', () => {
    const cut = { type: 'error', error: { code: 'upstream_stream_cut' } };
    expect(read(anthropic, streamOf(START, block(0, { type: 'text', text: '' }))).at(-1)).toMatchObject(cut);
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(read(anthropic, streamOf(START, error, ...STOP)).at(-1)).toEqual({
      type: 'error',
      error: { status: 529, message: 'Overloaded', code: 'overloaded_error' },
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context_window'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'refusal'],
    ['pause_turn', 'pause'],
  ])('stops for %s: %s', (stop_reason, stop) => {
    const answer = anthropic.readAnswer({ content: [], stop_reason });
    expect(answer.candidates[0]!.stop).toBe(stop);
    expect(anthropic.writeAnswer(answer, REQUEST).stop_reason).toBe(stop_reason);
  });
});

describe('the usage of Anthropic’s messages', () => {
  it('counts the cache within the input, and keeps a 0 apart from what is absent', () => {
    expect(anthropic.usageOf(START)).toEqual({ input: 30, output: 1, cacheRead: 5 });
    expect(anthropic.usageOf({ type: 'message_delta', usage: { output_tokens: 0 } })).toEqual({ output: 0 });
    expect(
      anthropic.usageOf({ usage: { input_tokens: 0, cache_creation_input_tokens: 7, output_tokens: 1 } }),
    ).toEqual({
      input: 7,
      output: 1,
      cacheWrite: 7,
    });
    expect(anthropic.usageOf({ type: 'ping' })).toBeUndefined();
  });
});

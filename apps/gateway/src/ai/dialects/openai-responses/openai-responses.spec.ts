import type OpenAI from 'openai';
import { ANSWER, read, REQUEST, streamOf, written } from '../../../../../../test/gateway/ai/samples.js';
import { openAiAnswered } from '../../../../../../test/gateway/ai/sdk-clients.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatRequest } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { openAiResponses } from './openai-responses.dialect.js';

type Params = OpenAI.Responses.ResponseCreateParams;

const PNG = 'iVBORw0KGgo=';

const body = (params: object) => params as JsonObject;
const readRequest = (params: Params) => openAiResponses.readRequest(body(params), {});

/** All that can be converted, as the SDK's own type has it. */
const PARAMS = {
  model: 'gpt-5',
  stream: true,
  store: false,
  instructions: 'Be brief.',
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', detail: 'low', image_url: `data:image/png;base64,${PNG}` },
        { type: 'input_image', detail: 'auto', file_id: 'file-1' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
        { type: 'input_file', file_url: 'https://example.com/a.pdf' },
      ],
    },
    { type: 'message', role: 'assistant', content: 'I look.' },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"x":0}' },
    { type: 'function_call', call_id: 'b', name: 'g', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: '1' },
    {
      type: 'function_call_output',
      call_id: 'b',
      output: [{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/a.png' }],
    },
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Now in German.' }] },
  ],
  max_output_tokens: 0,
  temperature: 0,
  top_p: 0.5,
  top_logprobs: 0,
  tools: [
    { type: 'function', name: 'f', description: 'F', parameters: { type: 'object' }, strict: true },
    { type: 'function', name: 'g', parameters: null, strict: false },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  parallel_tool_calls: false,
  text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } },
  reasoning: { effort: 'low', summary: 'auto' },
  user: 'u',
  metadata: { team: 'blue' },
} satisfies Params;

const READ: ChatRequest = {
  model: 'gpt-5',
  stream: true,
  instructions: [{ type: 'text', text: 'Be brief.', at: '/instructions' }],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?', at: '/input/0/content/0' },
        {
          type: 'image',
          source: { data: PNG, mediaType: 'image/png' },
          detail: 'low',
          at: '/input/0/content/1',
        },
        {
          type: 'image',
          source: { fileId: 'file-1', vendor: 'openai' },
          detail: 'auto',
          at: '/input/0/content/2',
        },
        {
          type: 'file',
          source: { data: 'JVBERg==', mediaType: 'application/pdf' },
          name: 'a.pdf',
          at: '/input/0/content/3',
        },
        { type: 'file', source: { url: 'https://example.com/a.pdf' }, at: '/input/0/content/4' },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I look.', at: '/input/1/content' },
        { type: 'tool_call', id: 'a', name: 'f', arguments: { x: 0 }, at: '/input/2' },
        { type: 'tool_call', id: 'b', name: 'g', arguments: {}, at: '/input/3' },
      ],
    },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool_result',
          callId: 'a',
          parts: [{ type: 'text', text: '1', at: '/input/4/output' }],
          at: '/input/4',
        },
        {
          type: 'tool_result',
          callId: 'b',
          parts: [
            {
              type: 'image',
              source: { url: 'https://example.com/a.png' },
              detail: 'auto',
              at: '/input/5/output/0',
            },
          ],
          at: '/input/5',
        },
      ],
    },
    { role: 'system', parts: [{ type: 'text', text: 'Now in German.', at: '/input/6/content/0' }] },
  ],
  tools: [
    { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true, at: '/tools/0' },
    { name: 'g', strict: false, at: '/tools/1' },
  ],
  toolChoice: { mode: 'auto', only: ['f'] },
  parallelToolCalls: false,
  maxOutputTokens: 0,
  temperature: 0,
  topP: 0.5,
  topLogprobs: 0,
  outputFormat: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
  reasoning: { effort: 'low', shown: true },
  user: 'u',
  metadata: { team: 'blue' },
  unconverted: [],
  indispensable: [],
};

describe('a request of OpenAI’s responses', () => {
  it('is read with all that can be converted, a 0 apart from what is absent', () => {
    expect(readRequest(PARAMS)).toEqual({ ...READ, pointers: expect.any(Object) });
    expect(readRequest({ model: 'm', input: 'Hi' })).toMatchObject({
      instructions: [],
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi', at: '/input' }] }],
    });
  });

  it('is written as the SDK’s own type', () => {
    const written = openAiResponses.writeRequest({ ...READ, unconverted: [] });
    expect(written).toEqual({ body: PARAMS, dropped: [], ignored: [] });
  });

  it('takes the items of an answer back as they were given, one turn together', () => {
    const output = openAiResponses.writeAnswer(ANSWER, REQUEST)
      .output as unknown as OpenAI.Responses.ResponseInput;
    const { messages, unconverted } = readRequest({
      model: 'm',
      input: [...output, { role: 'user', content: 'Go on.' }],
    });
    expect(messages).toMatchObject([
      { role: 'assistant', parts: ANSWER.candidates[0]!.parts },
      { role: 'user' },
    ]);
    expect(unconverted).toEqual([]);
  });

  it('is refused where another provider would answer one that points at what OpenAI keeps', () => {
    const pointersOf = (params: Partial<Params>) => {
      const request = readRequest({ model: 'm', input: 'Hi', ...params } as Params);
      expect(() => openAiResponses.writeRequest(request)).toThrow(
        expect.objectContaining({ pointer: request.indispensable![0] }),
      );
      return request.indispensable;
    };
    expect(pointersOf({ previous_response_id: 'r' })).toEqual(['/previous_response_id']);
    expect(pointersOf({ conversation: 'c', background: true })).toEqual(['/conversation', '/background']);
    expect(pointersOf({ input: [{ type: 'item_reference', id: 'i' }] })).toEqual(['/input/0']);
    expect(pointersOf({ input: [{ role: 'user', content: 'Hi' }, { id: 'i' }] })).toEqual(['/input/1']);
  });

  it('tells what it has that cannot be converted, and what the writer cannot say', () => {
    const { unconverted } = readRequest({
      model: 'm',
      input: [{ type: 'local_shell_call_output', id: 'x', output: '' }],
      tools: [{ type: 'web_search' }],
      truncation: 'auto',
      text: { verbosity: 'low' },
    });
    expect(unconverted).toEqual(['/input/0', '/tools/0', '/truncation', '/text/verbosity']);
    const { dropped, ignored } = openAiResponses.writeRequest({
      ...REQUEST,
      topK: 1,
      seed: 0,
      stop: ['x'],
      frequencyPenalty: 0,
      presencePenalty: 1,
      reasoning: { budgetTokens: 2_000 },
    });
    expect(dropped).toEqual(['/topK', '/seed', '/stop', '/presencePenalty']);
    expect(ignored).toEqual(['/reasoning']);
  });

  it.each<[object, string]>([
    [{ input: undefined }, '/input is missing: it must be a string or an array'],
    [{ input: [{ role: 'user', content: 1 }] }, '/input/0/content must be a string or an array'],
    [
      { input: [{ type: 'function_call', name: 'f', arguments: '' }] },
      '/input/0/call_id is missing: it must be a string',
    ],
    [
      { input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: '5' }] },
      '/input/0/arguments must be the text of a JSON object',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      '/input/0/content/0 must have image_url or file_id',
    ],
    [
      { text: { format: { type: 'json_schema', name: 'n' } } },
      '/text/format/schema is missing: it must be an object',
    ],
    [
      { reasoning: { effort: 'much' } },
      '/reasoning/effort must be "none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"',
    ],
  ])('%j is refused: %s', (members, message) => {
    const pointer = message.split(' ')[0];
    expect(() => openAiResponses.readRequest(body({ model: 'm', input: 'Hi', ...members }), {})).toThrow(
      expect.objectContaining({ message, pointer }),
    );
  });

  it('gives reasoning back to OpenAI alone', () => {
    const parts = [
      { type: 'reasoning', text: 'A', by: 'openai_responses', signature: 's', at: '/0' },
      { type: 'reasoning', text: 'B', by: 'anthropic', signature: 's', at: '/1' },
    ] as const;
    const { body, ignored } = openAiResponses.writeRequest({
      ...REQUEST,
      messages: [{ role: 'assistant', parts }],
    });
    expect(body.input).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'A' }], encrypted_content: 's' },
    ]);
    expect(ignored).toEqual(['/1']);
  });
});

const OUTPUT = [
  {
    type: 'reasoning',
    id: 'rs_answer-1_0',
    summary: [{ type: 'summary_text', text: 'Two cities, two calls.' }],
    encrypted_content: 'anthropic:EqQB/+=',
  },
  {
    type: 'message',
    id: 'msg_answer-1_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'Ich schaue nach: 世界 🌍', annotations: [], logprobs: [] }],
  },
  {
    type: 'function_call',
    id: 'fc_answer-1_2',
    call_id: 'call_1__thought__CiQB/+==',
    name: 'weather',
    arguments: '{"city":"Zürich","days":0}',
    status: 'completed',
  },
  {
    type: 'function_call',
    id: 'fc_answer-1_3',
    call_id: 'call_2',
    name: 'now',
    arguments: '{}',
    status: 'completed',
  },
] satisfies OpenAI.Responses.ResponseOutputItem[];

/** The text of all is put together by the SDK. */
const RESPONSE = {
  id: 'answer-1',
  object: 'response',
  created_at: 1_760_000_000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  instructions: null,
  model: 'a-model',
  output: OUTPUT,
  access_programs: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [{ type: 'function', name: 'now', parameters: null, strict: false }],
  top_p: null,
  truncation: 'disabled',
  usage: {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 60, cache_write_tokens: 0 },
    output_tokens: 40,
    output_tokens_details: { reasoning_tokens: 10 },
    total_tokens: 140,
  },
} satisfies Omit<OpenAI.Responses.Response, 'output_text'>;

const WITH_TOOL: ChatRequest = { ...REQUEST, tools: [{ name: 'now' }] };

const finalResponse = (stream: string) =>
  openAiAnswered(stream).responses.stream({ model: 'm', input: 'Hi' }).finalResponse();

describe('an answer of OpenAI’s responses', () => {
  it('is written as the SDK’s own type', () => {
    expect(openAiResponses.writeAnswer(ANSWER, WITH_TOOL)).toEqual({ ...RESPONSE, store: false });
  });

  it('streams to the same response, put together by the SDK', async () => {
    const events = [...answerEvents(ANSWER)];
    const stream = written(openAiResponses, [events[0]!, { type: 'ping' }, ...events.slice(1)], WITH_TOOL);
    const response = await finalResponse(stream);
    expect(response).toMatchObject({ ...RESPONSE, output_text: 'Ich schaue nach: 世界 🌍' });
    const numbers = [...stream.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(stream).toMatch(/^event: response\.created\n/);
  });

  it('that is cut by the limit is incomplete', async () => {
    const answer: ChatAnswer = {
      ...ANSWER,
      candidates: [{ parts: [{ type: 'text', text: 'A' }], stop: 'length' }],
    };
    const response = await finalResponse(written(openAiResponses, answerEvents(answer)));
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect(openAiResponses.readAnswer(body(response)).candidates[0]!.stop).toBe('length');
  });

  it('tells an error in a stream as the SDK reads it', async () => {
    const error = { status: 529, message: 'Overloaded', code: 'upstream_overloaded' };
    const stream = written(openAiResponses, [
      ...[...answerEvents(ANSWER)].slice(0, 5),
      { type: 'error', error },
    ]);
    await expect(finalResponse(stream)).rejects.toMatchObject({
      message: 'Overloaded',
      code: 'upstream_overloaded',
    });
  });
});

const event = (type: string, members: object = {}) => ({ type: `response.${type}`, ...members });
const CREATED = event('created', { response: { id: 'r', model: 'm', created_at: 1 } });
const completed = (members: object = {}) =>
  event('completed', { response: { id: 'r', status: 'completed', ...members } });

describe('a provider’s stream of OpenAI’s responses', () => {
  it('is read as the answer is', () => {
    const answer = openAiResponses.readAnswer(body(RESPONSE));
    const stream = written(openAiResponses, answerEvents(ANSWER));
    expect(assembleAnswer(read(openAiResponses, stream))).toEqual(answer);
    expect(answer.candidates[0]!.stop).toBe('tool_calls');
  });

  it('may say the arguments of a call, or all of an item, at its end alone', () => {
    const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '' };
    const text = { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
    const { parts } = assembleAnswer(
      read(
        openAiResponses,
        streamOf(
          CREATED,
          event('output_item.added', { output_index: 0, item: call }),
          event('function_call_arguments.done', { output_index: 0, arguments: '{"x":1}' }),
          event('output_item.done', { output_index: 0, item: { ...call, arguments: '{"x":1}' } }),
          event('output_item.added', { output_index: 1, item: { ...call, call_id: 'b' } }),
          event('output_item.done', {
            output_index: 1,
            item: { ...call, call_id: 'b', arguments: '{"x":2}' },
          }),
          event('output_item.done', {
            output_index: 2,
            item: { ...call, call_id: 'c', arguments: '{"x":3}' },
          }),
          event('output_item.done', { output_index: 3, item: text }),
          completed(),
        ),
      ),
    ).candidates[0]!;
    expect(parts).toEqual([
      { type: 'tool_call', id: 'a', name: 'f', arguments: { x: 1 } },
      { type: 'tool_call', id: 'b', name: 'f', arguments: { x: 2 } },
      { type: 'tool_call', id: 'c', name: 'f', arguments: { x: 3 } },
      { type: 'text', text: 'Hi' },
    ]);
  });

  it('may mix the pieces of parallel tool calls (LiteLLM #5231, #25321)', () => {
    const added = (output_index: number, call_id: string) =>
      event('output_item.added', {
        output_index,
        item: { type: 'function_call', call_id, name: 'f', arguments: '' },
      });
    const delta = (output_index: number, delta: string) =>
      event('function_call_arguments.delta', { output_index, delta });
    const data = [
      CREATED,
      added(0, 'a'),
      added(1, 'b'),
      delta(1, '{"b":'),
      delta(0, '{"a":1}'),
      delta(1, '2}'),
      completed(),
    ];
    const { parts, stop } = assembleAnswer(read(openAiResponses, streamOf(...data))).candidates[0]!;
    expect(parts).toMatchObject([{ arguments: { a: 1 } }, { arguments: { b: 2 } }]);
    expect(stop).toBe('tool_calls');
  });

  it('holds a summary of several parts, a refusal and logprobs', () => {
    const logprob = { token: 'N', logprob: -1, top_logprobs: [] };
    const answer = assembleAnswer(
      read(
        openAiResponses,
        streamOf(
          CREATED,
          event('output_item.added', { output_index: 0, item: { type: 'reasoning', summary: [] } }),
          ...['A', 'B'].flatMap((delta, summary_index) => [
            event('reasoning_summary_part.added', { output_index: 0, summary_index }),
            event('reasoning_summary_text.delta', { output_index: 0, summary_index, delta }),
          ]),
          event('output_item.done', { output_index: 0, item: { type: 'reasoning', encrypted_content: 's' } }),
          event('refusal.delta', { output_index: 1, content_index: 0, delta: 'No' }),
          event('refusal.done', { output_index: 1, content_index: 0, refusal: 'No' }),
          event('output_text.delta', { output_index: 2, content_index: 0, delta: 'N', logprobs: [logprob] }),
          completed({ usage: { input_tokens: 0, output_tokens: 3 } }),
        ),
      ),
    );
    expect(answer).toEqual({
      id: 'r',
      model: 'm',
      created: 1,
      candidates: [
        {
          parts: [
            { type: 'reasoning', text: 'A\n\nB', by: 'openai_responses', signature: 's' },
            { type: 'refusal', text: 'No' },
            { type: 'text', text: 'N' },
          ],
          stop: 'refusal',
          logprobs: [{ token: 'N', logprob: -1, top: [] }],
        },
      ],
      usage: { input: 0, output: 3 },
    });
  });

  it.each<[string, object[], object]>([
    ['was cut', [CREATED], { status: 502, code: 'upstream_stream_cut' }],
    [
      'failed',
      [CREATED, event('failed', { response: { error: { code: 'rate_limit_exceeded', message: 'Slow' } } })],
      { status: 429, message: 'Slow', code: 'rate_limit_exceeded' },
    ],
    [
      'says an error',
      [CREATED, { type: 'error', code: null, message: 'Oh', param: null }],
      { status: 502, message: 'Oh' },
    ],
  ])('that %s ends in an error', (_, data, error) => {
    expect(read(openAiResponses, streamOf(...data)).at(-1)).toMatchObject({ type: 'error', error });
  });

  it('has its usage in the last event', () => {
    const usage = { input_tokens: 5, input_tokens_details: { cached_tokens: 0 }, output_tokens: 0 };
    expect(openAiResponses.usageOf(completed({ usage }))).toEqual({ input: 5, output: 0, cacheRead: 0 });
    expect(openAiResponses.usageOf({ usage })).toEqual({ input: 5, output: 0, cacheRead: 0 });
    expect(openAiResponses.usageOf(CREATED)).toBeUndefined();
  });
});

import type OpenAI from 'openai';
import { ANSWER, read, REQUEST, streamOf, written } from '../../../../../../test/gateway/ai/samples.js';
import { openAiAnswered } from '../../../../../../test/gateway/ai/sdk-clients.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatRequest } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { openAiChat } from './openai-chat.dialect.js';

type Params = OpenAI.ChatCompletionCreateParams;

const PNG = 'iVBORw0KGgo=';

const body = (params: object) => params as JsonObject;
const readRequest = (params: Params) => openAiChat.readRequest(body(params), {});

/** All that can be converted, as the SDK's own type has it. */
const PARAMS = {
  model: 'gpt-5',
  stream: true,
  stream_options: { include_usage: true },
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'developer', content: [{ type: 'text', text: 'Use tools.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
        { type: 'file', file: { file_id: 'file-1' } },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      ],
    },
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [
        { id: 'a__thought__Ci/+==', type: 'function', function: { name: 'f', arguments: '{"x":0}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a__thought__Ci/+==', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: '2' }] },
    { role: 'system', content: 'Now in German.' },
    { role: 'assistant', refusal: 'No.' },
  ],
  max_completion_tokens: 0,
  temperature: 0,
  top_p: 0.5,
  frequency_penalty: 0,
  presence_penalty: 1,
  seed: 0,
  stop: 'END',
  n: 2,
  logprobs: true,
  top_logprobs: 3,
  tools: [
    {
      type: 'function',
      function: { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true },
    },
    { type: 'function', function: { name: 'g' } },
  ],
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
  },
  parallel_tool_calls: false,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
  },
  reasoning_effort: 'low',
  user: 'u',
  metadata: { team: 'blue' },
} satisfies Params;

const READ: ChatRequest = {
  model: 'gpt-5',
  stream: true,
  wantsUsage: true,
  instructions: [
    { type: 'text', text: 'Be brief.', at: '/messages/0/content' },
    { type: 'text', text: 'Use tools.', at: '/messages/1/content/0' },
  ],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?', at: '/messages/2/content/0' },
        {
          type: 'image',
          source: { data: PNG, mediaType: 'image/png' },
          detail: 'low',
          at: '/messages/2/content/1',
        },
        { type: 'image', source: { url: 'https://example.com/a.png' }, at: '/messages/2/content/2' },
        {
          type: 'file',
          source: { data: 'JVBERg==', mediaType: 'application/pdf' },
          name: 'a.pdf',
          at: '/messages/2/content/3',
        },
        { type: 'file', source: { fileId: 'file-1', vendor: 'openai' }, at: '/messages/2/content/4' },
        { type: 'audio', source: { data: 'UklGRg==', mediaType: 'audio/wav' }, at: '/messages/2/content/5' },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I look.', at: '/messages/3/content' },
        {
          type: 'tool_call',
          id: 'a',
          name: 'f',
          arguments: { x: 0 },
          signature: 'Ci/+==',
          at: '/messages/3/tool_calls/0',
        },
        { type: 'tool_call', id: 'b', name: 'g', arguments: {}, at: '/messages/3/tool_calls/1' },
      ],
    },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool_result',
          callId: 'a',
          parts: [{ type: 'text', text: '1', at: '/messages/4/content' }],
          at: '/messages/4',
        },
        {
          type: 'tool_result',
          callId: 'b',
          parts: [{ type: 'text', text: '2', at: '/messages/5/content/0' }],
          at: '/messages/5',
        },
      ],
    },
    { role: 'system', parts: [{ type: 'text', text: 'Now in German.', at: '/messages/6/content' }] },
    { role: 'assistant', parts: [{ type: 'refusal', text: 'No.', at: '/messages/7/refusal' }] },
  ],
  tools: [
    { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true, at: '/tools/0' },
    { name: 'g', at: '/tools/1' },
  ],
  toolChoice: { mode: 'auto', only: ['f'] },
  parallelToolCalls: false,
  maxOutputTokens: 0,
  temperature: 0,
  topP: 0.5,
  frequencyPenalty: 0,
  presencePenalty: 1,
  seed: 0,
  stop: ['END'],
  candidates: 2,
  outputFormat: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
  reasoning: { effort: 'low' },
  topLogprobs: 3,
  user: 'u',
  metadata: { team: 'blue' },
  unconverted: [],
};

describe('a request of OpenAI’s chat API', () => {
  it('is read with all that can be converted, a 0 apart from what is absent', () => {
    expect(readRequest(PARAMS)).toEqual({ ...READ, pointers: expect.any(Object) });
    expect(readRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })).toEqual({
      ...REQUEST,
      model: 'm',
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi', at: '/messages/0/content' }] }],
      pointers: expect.any(Object),
    });
  });

  it('is written as the SDK’s own type', () => {
    const expected: Params = {
      ...PARAMS,
      messages: [
        { role: 'system', content: 'Be brief.\n\nUse tools.' },
        PARAMS.messages[2]!,
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":0}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'system', content: 'Now in German.' },
        { role: 'assistant', content: null, refusal: 'No.' },
      ],
      stop: ['END'],
    };
    const written = openAiChat.writeRequest(READ);
    expect(written).toEqual({ body: expected, dropped: [], ignored: [] });
  });

  it('asks for usage in every stream, whether the caller wants it or not', () => {
    expect(openAiChat.writeRequest({ ...REQUEST, stream: true }).body.stream_options).toEqual({
      include_usage: true,
    });
    expect(openAiChat.writeRequest(REQUEST).body.stream_options).toBeUndefined();
  });

  it('tells what it has that cannot be converted, and what the writer cannot say', () => {
    const { unconverted } = readRequest({
      model: 'm',
      messages: [
        { role: 'user', name: 'Ann', content: [{ type: 'text', text: 'Hi' }, { type: 'video' } as never] },
        { role: 'function', name: 'f', content: 'old' },
      ],
      store: true,
      logit_bias: { 1: 2 },
      prediction: null,
      tools: [{ type: 'custom', custom: { name: 'c' } }],
      stream_options: { include_obfuscation: false },
    });
    expect(unconverted).toEqual([
      '/messages/0/name',
      '/messages/0/content/1',
      '/messages/1',
      '/store',
      '/logit_bias',
      '/tools/0',
      '/stream_options/include_obfuscation',
    ]);
    const { dropped, ignored } = openAiChat.writeRequest({
      ...REQUEST,
      topK: 0,
      pointers: { topK: '/top_k' },
      unconverted: ['/container', '/cache_control'],
      messages: [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Hm', by: 'anthropic', signature: 'x', at: '/messages/0/content/0' },
            { type: 'text', text: 'Hi', cacheHint: {}, at: '/messages/0/content/1' },
          ],
        },
      ],
    });
    expect(dropped).toEqual(['/container', '/top_k']);
    expect(ignored).toEqual([
      '/cache_control',
      '/messages/0/content/1/cache_control',
      '/messages/0/content/0',
    ]);
  });

  it.each<[object, string]>([
    [{ messages: [] }, '/model is missing: it must be a string'],
    [{ model: 5 }, '/model must be a string'],
    [{ model: 'm' }, '/messages is missing: it must be an array'],
    [{ model: 'm', messages: [] }, '/messages must have at least 1 item'],
    [{ temperature: '0' }, '/temperature must be a number'],
    [{ temperature: 3 }, '/temperature must be at most 2'],
    [{ max_tokens: 1.5 }, '/max_tokens must be an integer'],
    [{ stream: 'true' }, '/stream must be true or false'],
    [{ stop: [1] }, '/stop/0 must be a string'],
    [{ stop: 1 }, '/stop must be a string or an array'],
    [{ tools: {} }, '/tools must be an array'],
    [
      { tools: [{ type: 'function', function: {} }] },
      '/tools/0/function/name is missing: it must be a string',
    ],
    [{ tools: [{}] }, '/tools/0/type is missing: it must be a string'],
    [{ tool_choice: 'any' }, '/tool_choice must be "auto" or "none" or "required" or an object'],
    [{ response_format: 'json' }, '/response_format must be an object'],
    [{ metadata: { 'a/b~c': 1 } }, '/metadata/a~1b~0c must be a string'],
    [{ messages: [{ role: 'user', content: 5 }] }, '/messages/0/content must be a string or an array'],
    [{ messages: [{ role: 'user' }] }, '/messages/0/content is missing: it must be a string or an array'],
    [{ messages: [{ content: 'x' }] }, '/messages/0/role is missing: it must be a string'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      '/messages/0/content/0/text is missing: it must be a string',
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x', detail: 'best' } }] },
        ],
      },
      '/messages/0/content/0/image_url/detail must be "auto" or "low" or "high" or "original"',
    ],
    [
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '[]' } }],
          },
        ],
      },
      '/messages/0/tool_calls/0/function/arguments must be the text of a JSON object',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] },
      '/messages/0/content/0/file must have file_data or file_id',
    ],
  ])('%j is refused: %s', (members, message) => {
    const whole = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...members };
    const params = message.startsWith('/messages is') || message.startsWith('/model is') ? members : whole;
    const pointer = message.split(' ')[0];
    expect(() => openAiChat.readRequest(body(params), {})).toThrow(
      expect.objectContaining({ message, pointer }),
    );
  });

  it('takes names that every object has for what they are: unknown', () => {
    const params = JSON.parse(
      '{"model":"m","constructor":1,"__proto__":{"n":2},"messages":[{"role":"user","content":[{"type":"image_url",' +
        '"image_url":{"url":"https://example.com/a.constructor","toString":"x"}}]}]}',
    ) as JsonObject;
    const request = openAiChat.readRequest(params, {});
    expect(request.unconverted).toEqual([
      '/constructor',
      '/__proto__/n',
      '/messages/0/content/0/image_url/toString',
    ]);
    expect(request.candidates).toBeUndefined();
    expect(openAiChat.readAnswer({ choices: [{ finish_reason: 'constructor' }] }).candidates[0]!.stop).toBe(
      'stop',
    );
  });

  it('says images and files that tools return in a message of the user', () => {
    const image = { type: 'image', source: { data: PNG, mediaType: 'image/png' } } as const;
    const { body } = openAiChat.writeRequest({
      ...REQUEST,
      messages: [
        {
          role: 'tool',
          parts: [{ type: 'tool_result', callId: 'a', parts: [{ type: 'text', text: 'ok' }, image] }],
        },
      ],
    });
    expect(body.messages).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'ok' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What the call a returned:' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        ],
      },
    ] satisfies OpenAI.ChatCompletionMessageParam[]);
  });

  it('refuses what cannot be said: a file by address, ids of another vendor', () => {
    const file = (source: object) =>
      ({
        ...REQUEST,
        messages: [{ role: 'user', parts: [{ type: 'file', source, at: '/here' }] }],
      }) as ChatRequest;
    const refused = expect.objectContaining({ pointer: '/here' });
    expect(() => openAiChat.writeRequest(file({ url: 'https://example.com/a.pdf' }))).toThrow(refused);
    expect(() => openAiChat.writeRequest(file({ fileId: 'x', vendor: 'anthropic' }))).toThrow(refused);
  });
});

const REASONING = {
  reasoning_content: 'Two cities, two calls.',
  reasoning_details: [
    { type: 'reasoning.text', text: 'Two cities, two calls.', signature: 'anthropic:EqQB/+=', index: 0 },
  ],
};

const MESSAGE = {
  role: 'assistant',
  content: 'Ich schaue nach: 世界 🌍',
  refusal: null,
  tool_calls: [
    {
      id: 'call_1__thought__CiQB/+==',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Zürich","days":0}' },
    },
    { id: 'call_2', type: 'function', function: { name: 'now', arguments: '{}' } },
  ],
} satisfies OpenAI.ChatCompletionMessage;

const COMPLETION = {
  id: 'answer-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'a-model',
  choices: [{ index: 0, message: { ...MESSAGE, ...REASONING }, logprobs: null, finish_reason: 'tool_calls' }],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 40,
    total_tokens: 140,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 10 },
  },
} satisfies OpenAI.ChatCompletion;

describe('an answer of OpenAI’s chat API', () => {
  it('is written as the SDK’s own type', () => {
    expect(openAiChat.writeAnswer(ANSWER, REQUEST)).toEqual(COMPLETION);
  });

  it('streams to the same message, put together by the SDK', async () => {
    const events = [...answerEvents(ANSWER)];
    const stream = written(openAiChat, [events[0]!, { type: 'ping' }, ...events.slice(1)], {
      ...REQUEST,
      wantsUsage: true,
    });
    expect(stream.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
    const completion = await openAiAnswered(stream)
      .chat.completions.stream({
        ...PARAMS,
        n: 1,
        response_format: undefined,
        logprobs: false,
        tools: undefined,
      })
      .finalChatCompletion();
    expect(completion).toMatchObject({
      ...COMPLETION,
      choices: [{ finish_reason: 'tool_calls', message: MESSAGE }],
    });
  });

  it('holds the usage only where the caller asked for it', () => {
    expect(written(openAiChat, answerEvents(ANSWER))).not.toContain('usage');
    const stream = written(openAiChat, answerEvents(ANSWER), { ...REQUEST, wantsUsage: true });
    expect(stream.match(/"usage":null/g)!.length).toBeGreaterThan(3);
    expect(stream).toContain('"choices":[],"usage":{"prompt_tokens":100');
  });

  it('tells an error in a stream as the SDK reads it, and ends', async () => {
    const error = { status: 529, message: 'Overloaded', code: 'overloaded_error' };
    const events = [...answerEvents(ANSWER)].slice(0, 5);
    const stream = written(openAiChat, [...events, { type: 'error', error }]);
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
    const run = openAiAnswered(stream)
      .chat.completions.stream({ ...PARAMS, n: 1 })
      .finalChatCompletion();
    await expect(run).rejects.toMatchObject({
      message: 'Overloaded',
      type: 'server_error',
      code: 'overloaded_error',
    });
  });

  it('tells an error as the SDK reads it', async () => {
    const error = {
      status: 404,
      message: 'No such model',
      code: 'model_not_found',
      pointer: '/messages/0/content',
    };
    const run = openAiAnswered(openAiChat.writeError(error), 404).chat.completions.create({
      ...PARAMS,
      stream: false,
    });
    await expect(run).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'messages[0].content',
      type: 'invalid_request_error',
    });
  });
});

const chunk = (delta: object, more: object = {}) => ({
  id: 'c',
  model: 'm',
  created: 1,
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const call = (index: number | undefined, id: string | undefined, name?: string, args?: unknown) =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: args } }] });
const stop = (finish_reason: string) => chunk({}, { finish_reason });
const assembled = (...data: object[]) =>
  assembleAnswer(read(openAiChat, streamOf(...data, '[DONE]'))).candidates[0]!;
const calls = (...data: object[]) =>
  assembled(...data).parts.map((part) => part.type === 'tool_call' && [part.id, part.name, part.arguments]);

describe('a provider’s stream of OpenAI’s chat API', () => {
  it('is read as the answer is', () => {
    const first = read(
      openAiChat,
      written(openAiChat, answerEvents(ANSWER), { ...REQUEST, wantsUsage: true }),
    );
    expect(assembleAnswer(first)).toEqual(openAiChat.readAnswer(openAiChat.writeAnswer(ANSWER, REQUEST)));
  });

  it('may mix the pieces of parallel tool calls (LiteLLM #5231, #25321)', () => {
    expect(
      calls(
        call(0, 'a', 'f', ''),
        call(1, 'b', 'g', '{"y'),
        call(0, undefined, undefined, '{"x":'),
        call(1, undefined, undefined, '":2}'),
        call(0, undefined, undefined, '1}'),
        stop('tool_calls'),
      ),
    ).toEqual([
      ['a', 'f', { x: 1 }],
      ['b', 'g', { y: 2 }],
    ]);
  });

  it.each<[string, object[]]>([
    [
      'one index for all',
      [call(0, 'a', 'f', '{"x":1}'), call(0, 'b', 'g', '{"y":'), call(0, undefined, undefined, '2}')],
    ],
    ['no index', [call(undefined, 'a', 'f', '{"x":1}'), call(undefined, 'b', 'g', '{"y":2}')]],
    [
      'id and name in each piece',
      [call(0, 'a', 'f', '{"x"'), call(0, 'a', 'f', ':1}'), call(1, 'b', 'g', '{"y":2}')],
    ],
    [
      'the name after the id',
      [call(0, 'a', undefined, '{"x"'), call(0, undefined, 'f', ':1}'), call(1, 'b', 'g', '{"y":2}')],
    ],
    [
      'arguments as an object, as Mistral has them',
      [call(0, 'a', 'f', { x: 1 }), call(1, 'b', 'g', { y: 2 })],
    ],
  ])('tells calls apart with %s', (_, data) => {
    expect(calls(...data, stop('tool_calls'))).toEqual([
      ['a', 'f', { x: 1 }],
      ['b', 'g', { y: 2 }],
    ]);
  });

  it('takes no arguments for {}, and gives calls without an id a stable one', () => {
    const data = [call(0, undefined, 'f'), call(1, undefined, 'f', ''), stop('stop')];
    expect(calls(...data)).toEqual([
      ['call_c_0_0', 'f', {}],
      ['call_c_0_1', 'f', {}],
    ]);
    expect(assembled(...data).stop).toBe('tool_calls');
  });

  it('leaves a call out whose arguments the limit cut, and refuses others that are no object', () => {
    expect(calls(call(0, 'a', 'f', '{"x":'), stop('length'))).toEqual([]);
    expect(() => calls(call(0, 'a', 'f', '{"x":'), stop('tool_calls'))).toThrow('no JSON object');
  });

  it('holds reasoning of DeepSeek and OpenRouter', () => {
    const { parts } = assembled(
      chunk({ reasoning_content: 'A' }),
      chunk({ reasoning: 'B', reasoning_details: [{ type: 'reasoning.text', text: 'B' }] }),
      chunk({ reasoning_details: [{ type: 'reasoning.text', text: '', signature: 's' }] }),
      chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'e' }] }),
      chunk({ content: 'C' }),
      stop('stop'),
    );
    expect(parts).toEqual([
      { type: 'reasoning', text: 'AB', by: 'openai', signature: 's' },
      { type: 'reasoning', text: '', by: 'openai', signature: 'e', redacted: true },
      { type: 'text', text: 'C' },
    ]);
  });

  it('may begin with what Azure thinks of the prompt', () => {
    const events = read(
      openAiChat,
      streamOf(
        { id: '', model: '', choices: [], prompt_filter_results: [] },
        chunk({ content: 'A' }),
        stop('stop'),
      ),
    );
    expect(events[0]).toEqual({ type: 'start', id: 'c', model: 'm', created: 1 });
  });

  it('that was cut is an error; one without [DONE] is whole where all of it stopped', () => {
    expect(read(openAiChat, streamOf(chunk({ content: 'A' }))).at(-1)).toMatchObject({
      type: 'error',
      error: { status: 502, code: 'upstream_stream_cut' },
    });
    expect(read(openAiChat, '').at(-1)).toMatchObject({ type: 'error' });
    expect(read(openAiChat, streamOf(chunk({ content: 'A' }), stop('stop'))).at(-1)).toEqual({ type: 'end' });
    expect(read(openAiChat, streamOf('{"id"')).at(-1)).toMatchObject({
      error: { code: 'upstream_answer_unreadable' },
    });
  });

  it.each<[object, object]>([
    [
      { error: { message: 'Slow down', type: 'rate_limit_error', code: null } },
      { status: 429, message: 'Slow down', code: 'rate_limit_error' },
    ],
    [{ error: { message: 'Bad', code: 400 } }, { status: 400, message: 'Bad' }],
    [{ error: { message: 'Provider died', code: 502 } }, { status: 502, message: 'Provider died' }],
    [{ error: 'gone' }, { status: 502, message: 'gone' }],
  ])('tells the error %j', (data, error) => {
    expect(read(openAiChat, streamOf(chunk({ content: 'A' }), data, '[DONE]')).at(-1)).toEqual({
      type: 'error',
      error,
    });
  });

  it.each([4_000_000_000, 1_024, 0.5])('has no candidate with the number %s', (index) => {
    const events = read(openAiChat, streamOf({ id: 'c', choices: [{ index, delta: { content: 'A' } }] }));
    expect(events.at(-1)).toMatchObject({ error: { code: 'upstream_answer_unreadable' } });
  });

  it('keeps several candidates apart, with their logprobs', () => {
    const logprobs = {
      content: [
        { token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'b', logprob: -2, bytes: [98] }] },
      ],
      refusal: null,
    };
    const answer: ChatAnswer = {
      ...ANSWER,
      candidates: [
        {
          parts: [{ type: 'text', text: 'One' }],
          stop: 'stop',
          logprobs: [{ token: 'a', logprob: -1, top: [{ token: 'b', logprob: -2 }] }],
        },
        { parts: [{ type: 'refusal', text: 'Two' }], stop: 'refusal' },
      ],
    };
    const whole = openAiChat.writeAnswer(answer, REQUEST) as unknown as OpenAI.ChatCompletion;
    expect(whole.choices.map(({ logprobs }) => logprobs)).toEqual([logprobs, null]);
    expect(whole.choices[1]).toMatchObject({
      finish_reason: 'stop',
      message: { content: null, refusal: 'Two' },
    });
    const { candidates } = answer;
    expect(openAiChat.readAnswer(body(whole)).candidates).toEqual(candidates);
    expect(assembleAnswer(read(openAiChat, written(openAiChat, answerEvents(answer)))).candidates).toEqual(
      candidates,
    );
  });
});

describe('the usage of OpenAI’s chat API', () => {
  it('keeps a 0 apart from what is absent', () => {
    const usage = { prompt_tokens: 0, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 0 } };
    expect(openAiChat.usageOf({ usage })).toEqual({ input: 0, output: 5, cacheRead: 0 });
    expect(openAiChat.usageOf({ usage: null })).toBeUndefined();
    expect(openAiChat.usageOf({})).toBeUndefined();
  });

  it('counts reasoning that xAI counts apart, and cache hits that DeepSeek names otherwise', () => {
    const xai = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 22,
      completion_tokens_details: { reasoning_tokens: 7 },
    };
    expect(openAiChat.usageOf({ usage: xai })).toEqual({ input: 10, output: 12, reasoning: 7 });
    const deepSeek = { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 8 };
    expect(openAiChat.usageOf({ usage: deepSeek })).toEqual({ input: 10, output: 5, cacheRead: 8 });
  });
});

import {
  FinishReason,
  FunctionCallingConfigMode,
  ThinkingLevel,
  Type,
  type Content,
  type FunctionDeclaration,
  type GenerateContentResponse,
  type GenerationConfig,
  type Tool,
  type ToolConfig,
} from '@google/genai';
import { ANSWER, read, REQUEST, streamOf, written } from '../../../../../../test/gateway/ai/samples.js';
import { geminiAnswered } from '../../../../../../test/gateway/ai/sdk-clients.js';
import { answerEvents } from '../answer-events.js';
import { assembleAnswer } from '../assemble-answer.js';
import type { ChatAnswer, ChatRequest } from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { gemini } from './gemini.dialect.js';

/** The body that the SDK sends; it has no type for it. */
interface Params {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  generationConfig?: GenerationConfig;
}

type Response = Partial<GenerateContentResponse>;

const PNG = 'iVBORw0KGgo=';

const body = (params: object) => params as JsonObject;
const readRequest = (params: object) =>
  gemini.readRequest(body(params), { model: 'gemini-3-pro', stream: true });

/** All that can be converted, as the SDK's own types have it. */
const PARAMS = {
  systemInstruction: { parts: [{ text: 'Be brief.' }] },
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'What is this?' },
        { inlineData: { mimeType: 'image/png', data: PNG } },
        { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a' } },
        { inlineData: { mimeType: 'application/pdf', data: 'JVBERg==', displayName: 'a.pdf' } },
        { inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } },
      ],
    },
    {
      role: 'model',
      parts: [
        { text: 'I look.' },
        { functionCall: { id: 'a', name: 'f', args: { x: 0 } }, thoughtSignature: 'Ci/+' },
        { functionCall: { id: 'b', name: 'g', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        {
          functionResponse: {
            id: 'a',
            name: 'f',
            response: { output: '1' },
            parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }],
          },
        },
        { functionResponse: { id: 'b', name: 'g', response: { error: 'no' } } },
        { text: 'Go on.' },
      ],
    },
  ],
  tools: [
    {
      functionDeclarations: [
        { name: 'f', description: 'F', parametersJsonSchema: { type: 'object' } },
        { name: 'g' },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['f'] } },
  generationConfig: {
    maxOutputTokens: 0,
    temperature: 0,
    topP: 0.5,
    topK: 0,
    candidateCount: 2,
    stopSequences: ['END'],
    presencePenalty: 1,
    frequencyPenalty: 0,
    seed: 0,
    responseLogprobs: true,
    logprobs: 3,
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object' },
    thinkingConfig: { thinkingLevel: ThinkingLevel.LOW, includeThoughts: true },
  },
} satisfies Params;

const READ: ChatRequest = {
  model: 'gemini-3-pro',
  stream: true,
  instructions: [{ type: 'text', text: 'Be brief.', at: '/systemInstruction/parts/0' }],
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'What is this?', at: '/contents/0/parts/0' },
        { type: 'image', source: { data: PNG, mediaType: 'image/png' }, at: '/contents/0/parts/1' },
        {
          type: 'image',
          source: { url: 'https://example.com/a', mediaType: 'image/png' },
          at: '/contents/0/parts/2',
        },
        {
          type: 'file',
          source: { data: 'JVBERg==', mediaType: 'application/pdf' },
          name: 'a.pdf',
          at: '/contents/0/parts/3',
        },
        { type: 'audio', source: { data: 'UklGRg==', mediaType: 'audio/wav' }, at: '/contents/0/parts/4' },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I look.', at: '/contents/1/parts/0' },
        {
          type: 'tool_call',
          id: 'a',
          name: 'f',
          arguments: { x: 0 },
          signature: 'Ci/+',
          at: '/contents/1/parts/1',
        },
        { type: 'tool_call', id: 'b', name: 'g', arguments: {}, at: '/contents/1/parts/2' },
      ],
    },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool_result',
          callId: 'a',
          name: 'f',
          parts: [
            { type: 'text', text: '1', at: '/contents/2/parts/0/functionResponse/response' },
            {
              type: 'image',
              source: { data: PNG, mediaType: 'image/png' },
              at: '/contents/2/parts/0/functionResponse/parts/0',
            },
          ],
          at: '/contents/2/parts/0',
        },
        {
          type: 'tool_result',
          callId: 'b',
          name: 'g',
          parts: [{ type: 'text', text: 'no', at: '/contents/2/parts/1/functionResponse/response' }],
          isError: true,
          at: '/contents/2/parts/1',
        },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'Go on.', at: '/contents/2/parts/2' }] },
  ],
  tools: [
    {
      name: 'f',
      description: 'F',
      parameters: { type: 'object' },
      at: '/tools/0/functionDeclarations/0',
    },
    { name: 'g', at: '/tools/0/functionDeclarations/1' },
  ],
  toolChoice: { mode: 'required', only: ['f'] },
  maxOutputTokens: 0,
  temperature: 0,
  topP: 0.5,
  topK: 0,
  candidates: 2,
  stop: ['END'],
  presencePenalty: 1,
  frequencyPenalty: 0,
  seed: 0,
  topLogprobs: 3,
  outputFormat: { type: 'json_schema', schema: { type: 'object' } },
  reasoning: { effort: 'low', shown: true },
  unconverted: [],
  indispensable: [],
};

const write = (members: Partial<ChatRequest>) => gemini.writeRequest({ ...REQUEST, ...members });

describe('a request of Gemini', () => {
  it('is read with all that can be converted, a 0 apart from what is absent', () => {
    expect(readRequest(PARAMS)).toEqual({ ...READ, pointers: expect.any(Object) });
  });

  it('is written as the SDK’s own types', () => {
    expect(gemini.writeRequest(READ)).toEqual({ body: PARAMS, dropped: [], ignored: [] });
  });

  it('may be said in snake case, but for what is the caller’s own', () => {
    const { messages, tools, maxOutputTokens, unconverted } = readRequest({
      contents: [
        {
          role: 'model',
          parts: [{ function_call: { name: 'f', args: { a_b: 1 } }, thought_signature: 's' }],
        },
      ],
      tools: [
        {
          function_declarations: [
            { name: 'f', parameters: { type: 'OBJECT', properties: { a_b: { type: 'STRING' } } } },
          ],
        },
      ],
      generation_config: { max_output_tokens: 5 },
      safety_settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    });
    expect(messages[0]).toMatchObject({ parts: [{ arguments: { a_b: 1 }, signature: 's' }] });
    expect(tools[0]!.parameters).toEqual({ type: 'object', properties: { a_b: { type: 'string' } } });
    expect(maxOutputTokens).toBe(5);
    expect(unconverted).toEqual(['/safetySettings']);
  });

  it('gives calls stable ids where they have none, and results those of their calls', () => {
    const call = (name: string) => ({ functionCall: { name } });
    const result = (name: string) => ({ functionResponse: { name, response: { output: name } } });
    const { messages } = readRequest({
      contents: [
        { role: 'model', parts: [call('f'), call('g'), call('f')] },
        { role: 'function', parts: [result('g'), result('f'), result('f')] },
        { role: 'model', parts: [call('f')] },
        { parts: [result('f')] },
      ],
    });
    const ids = messages.map(({ parts }) =>
      parts.map((part) => (part.type === 'tool_call' ? part.id : 'callId' in part && part.callId)),
    );
    expect(ids).toEqual([
      ['call_0', 'call_1', 'call_2'],
      ['call_1', 'call_0', 'call_2'],
      ['call_3'],
      ['call_3'],
    ]);
  });

  it('joins the pieces of a stream that are sent back as they came', () => {
    const model = (...parts: object[]) => ({ role: 'model', parts });
    const signature = Buffer.from('anthropic:s').toString('base64');
    const { messages } = readRequest({
      contents: [
        model({ text: 'A', thought: true }),
        model({ text: 'B', thought: true }),
        model({ text: '', thought: true, thoughtSignature: signature }),
        model({ text: 'C' }),
        model({ text: 'D' }),
      ],
    });
    expect(messages).toMatchObject([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'AB', by: 'anthropic', signature: 's' },
          { type: 'text', text: 'CD' },
        ],
      },
    ]);
  });

  it('reads Gemini’s own schemas as JSON Schema', () => {
    const declaration: FunctionDeclaration = {
      name: 'f',
      parameters: {
        type: Type.OBJECT,
        properties: {
          a: { type: Type.STRING, nullable: true, maxLength: '5', enum: ['STRING'] },
          b: { type: Type.ARRAY, items: { anyOf: [{ type: Type.NUMBER }] }, minItems: '1' },
        },
        required: ['a'],
        propertyOrdering: ['b', 'a'],
      },
    };
    expect(
      readRequest({ ...PARAMS, tools: [{ functionDeclarations: [declaration] }] }).tools[0]!.parameters,
    ).toEqual({
      type: 'object',
      properties: {
        a: { type: ['string', 'null'], maxLength: 5, enum: ['STRING'] },
        b: { type: 'array', items: { anyOf: [{ type: 'number' }] }, minItems: 1 },
      },
      required: ['a'],
    });
  });

  it('tells what it has that cannot be converted', () => {
    const request = readRequest({
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }, { executableCode: { code: '1' } }] },
        { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] },
      ],
      tools: [{ googleSearch: {} }],
      generationConfig: { responseModalities: ['TEXT'], responseMimeType: 'text/x.enum' },
      cachedContent: 'c',
    });
    expect(request.unconverted).toEqual([
      '/contents/0/parts/1/executableCode',
      '/tools/0/googleSearch',
      '/generationConfig/responseModalities',
      '/cachedContent',
      '/contents/1/parts/0',
      '/generationConfig/responseMimeType',
    ]);
    expect(() => gemini.writeRequest(request)).toThrow(
      expect.objectContaining({ pointer: '/cachedContent' }),
    );
  });

  it.each<[object, string]>([
    [{ contents: undefined }, '/contents is missing: it must be an array'],
    [
      { contents: [{ role: 'assistant', parts: [] }] },
      '/contents/0/role must be "user" or "model" or "function"',
    ],
    [{ contents: [{ parts: [{ text: 1 }] }] }, '/contents/0/parts/0/text must be a string'],
    [
      { contents: [{ parts: [{ functionCall: {} }] }] },
      '/contents/0/parts/0/functionCall/name is missing: it must be a string',
    ],
    [{ generationConfig: { topK: '1' } }, '/generationConfig/topK must be a number'],
    [
      { toolConfig: { functionCallingConfig: { mode: 'SOME' } } },
      '/toolConfig/functionCallingConfig/mode must be "MODE_UNSPECIFIED" or "AUTO" or "ANY" or "NONE" or "VALIDATED"',
    ],
  ])('%j is refused: %s', (members, message) => {
    const pointer = message.split(' ')[0];
    expect(() => readRequest({ contents: [{ parts: [{ text: 'Hi' }] }], ...members })).toThrow(
      expect.objectContaining({ message, pointer }),
    );
  });

  it('refuses or drops what cannot be said', () => {
    const result = { type: 'tool_result', callId: 'x', parts: [], at: '/messages/0' } as const;
    expect(() => write({ messages: [{ role: 'tool', parts: [result] }] })).toThrow(
      expect.objectContaining({ pointer: '/messages/0' }),
    );
    const file = { type: 'file', source: { fileId: 'x', vendor: 'openai' }, at: '/here' } as const;
    expect(() => write({ messages: [{ role: 'user', parts: [file] }] })).toThrow(
      expect.objectContaining({ pointer: '/here' }),
    );
    const { dropped, ignored } = write({
      parallelToolCalls: false,
      tools: [{ name: 'f', strict: true, at: '/tools/0' }],
      user: 'u',
      instructions: [{ type: 'text', text: 'x', cacheHint: {}, at: '/system/0' }],
    });
    expect(dropped).toEqual(['/parallelToolCalls', '/tools/0/strict']);
    expect(ignored).toEqual(['/user', '/system/0/cache_control']);
  });

  it('tells the media type of what is at an address by its extension', () => {
    const image = (url: string) => ({ type: 'image', source: { url } }) as const;
    const { body } = write({
      messages: [
        {
          role: 'user',
          parts: [image('https://example.com/a.PNG?b'), image('https://example.com/a.constructor')],
        },
      ],
    });
    expect((body.contents as unknown as Content[])[0]!.parts).toEqual([
      { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.PNG?b' } },
      { fileData: { fileUri: 'https://example.com/a.constructor' } },
    ]);
  });

  it('signs the first of the calls that another model made, as Gemini 3 asks for it', () => {
    const call = (id: string) => ({ type: 'tool_call', id, name: 'f', arguments: {} }) as const;
    const messages = [{ role: 'assistant', parts: [call('a'), call('b')] }] as const;
    const signatures = (model: string) =>
      (write({ messages, model }).body.contents as unknown as Content[])[0]!.parts!.map(
        ({ thoughtSignature }) => thoughtSignature,
      );
    expect(signatures('models/gemini-3-pro')).toEqual(['skip_thought_signature_validator', undefined]);
    expect(signatures('gemini-2.5-pro')).toEqual([undefined, undefined]);
  });

  it.each<[Partial<ChatRequest>, object | undefined, string[]]>([
    [{ model: 'gemini-3-flash', reasoning: { effort: 'medium' } }, { thinkingLevel: 'MEDIUM' }, []],
    [{ model: 'gemini-3-flash', reasoning: { effort: 'max' } }, { thinkingLevel: 'HIGH' }, ['/reasoning']],
    [
      { model: 'gemini-3-flash', reasoning: { budgetTokens: 2_000 } },
      { thinkingLevel: 'LOW' },
      ['/reasoning'],
    ],
    [{ model: 'gemini-2.5-pro', reasoning: { effort: 'none' } }, { thinkingBudget: 0 }, []],
    [{ model: 'gemini-2.5-pro', reasoning: { effort: 'max' } }, { thinkingBudget: 24_576 }, ['/reasoning']],
    [
      { model: 'gemini-2.5-pro', reasoning: { budgetTokens: 99, shown: true } },
      { thinkingBudget: 99, includeThoughts: true },
      [],
    ],
    [{ reasoning: { shown: true } }, { includeThoughts: true }, []],
    [{ reasoning: {} }, undefined, []],
  ])('says of %j how Gemini is to think', (members, thinkingConfig, ignored) => {
    const written = write(members);
    expect((written.body.generationConfig as JsonObject | undefined)?.thinkingConfig).toEqual(thinkingConfig);
    expect(written.ignored).toEqual(ignored);
  });
});

const RESPONSE = {
  candidates: [
    {
      index: 0,
      content: {
        role: 'model',
        parts: [
          {
            text: 'Two cities, two calls.',
            thought: true,
            thoughtSignature: Buffer.from('anthropic:EqQB/+=').toString('base64'),
          },
          { text: 'Ich schaue nach: 世界 🌍' },
          {
            functionCall: { id: 'call_1', name: 'weather', args: { city: 'Zürich', days: 0 } },
            thoughtSignature: 'CiQB/+==',
          },
          { functionCall: { id: 'call_2', name: 'now', args: {} } },
        ],
      },
      finishReason: FinishReason.STOP,
    },
  ],
  usageMetadata: {
    promptTokenCount: 100,
    candidatesTokenCount: 30,
    thoughtsTokenCount: 10,
    cachedContentTokenCount: 60,
    totalTokenCount: 140,
  },
  modelVersion: 'a-model',
  responseId: 'answer-1',
  createTime: '2025-10-09T08:53:20.000Z',
} satisfies Response;

const textsOf = ({ candidates }: GenerateContentResponse) =>
  candidates![0]!.content!.parts!.map(({ text = '', thought }) => (thought ? '' : text));

const streamed = async (stream: string) => {
  const answers: GenerateContentResponse[] = [];
  const client = geminiAnswered(stream);
  for await (const answer of await client.models.generateContentStream({ model: 'm', contents: 'Hi' }))
    answers.push(answer);
  return answers;
};

describe('an answer of Gemini', () => {
  it('is written as the SDK’s own type', () => {
    expect(gemini.writeAnswer(ANSWER, REQUEST)).toEqual(RESPONSE);
  });

  it('streams to the same answer, read by the SDK', async () => {
    const events = [...answerEvents(ANSWER)];
    const answers = await streamed(written(gemini, [events[0]!, { type: 'ping' }, ...events.slice(1)]));
    expect(answers.flatMap(textsOf).join('')).toBe('Ich schaue nach: 世界 🌍');
    expect(answers.flatMap(({ functionCalls }) => functionCalls ?? [])).toEqual([
      { id: 'call_1', name: 'weather', args: { city: 'Zürich', days: 0 } },
      { id: 'call_2', name: 'now', args: {} },
    ]);
    expect(answers.at(-1)).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: RESPONSE.usageMetadata,
    });
    expect(answers.slice(0, -1).every(({ candidates }) => !candidates![0]!.finishReason)).toBe(true);
  });

  it('has its signatures sent back by the SDK’s chat', async () => {
    const chat = geminiAnswered(written(gemini, answerEvents(ANSWER))).chats.create({ model: 'm' });
    for await (const _ of await chat.sendMessageStream({ message: 'Hi' })) continue;
    const [, message] = readRequest({ contents: chat.getHistory() }).messages;
    expect(message).toMatchObject({ role: 'assistant', parts: ANSWER.candidates[0]!.parts });
  });

  it('tells an error in a stream as the SDK reads it', async () => {
    const events = [...answerEvents(ANSWER)].slice(0, 5);
    const error = { status: 503, message: 'Overloaded', code: 'upstream_overloaded' };
    await expect(streamed(written(gemini, [...events, { type: 'error', error }]))).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('Overloaded'),
    });
  });

  it('tells an error as the SDK reads it', async () => {
    const error = gemini.writeError({
      status: 400,
      message: 'Wrong',
      code: 'invalid_request',
      pointer: '/contents/0/role',
    });
    expect(error).toEqual({
      error: {
        code: 400,
        message: 'Wrong',
        status: 'INVALID_ARGUMENT',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'invalid_request',
            domain: 'gatehouse',
          },
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ field: 'contents.0.role', description: 'Wrong' }],
          },
        ],
      },
    });
    const run = geminiAnswered(error, 400).models.generateContent({ model: 'm', contents: 'Hi' });
    await expect(run).rejects.toMatchObject({ status: 400 });
  });

  it('refuses arguments that are no object, and leaves out those that the limit cut', () => {
    const stream = (stop: 'length' | 'tool_calls') =>
      written(gemini, [
        { type: 'start', id: 'i', model: 'm' },
        { type: 'part_start', candidate: 0, part: 0, of: { type: 'tool_call', id: 'a', name: 'f' } },
        { type: 'delta', candidate: 0, part: 0, text: '{"x":' },
        { type: 'part_end', candidate: 0, part: 0 },
        { type: 'stop', candidate: 0, stop },
        { type: 'end' },
      ]);
    expect(stream('tool_calls')).toContain('"status":"UNAVAILABLE"');
    expect(stream('tool_calls')).not.toContain('finishReason');
    expect(stream('length')).toContain('"finishReason":"MAX_TOKENS"');
    expect(stream('length')).not.toContain('functionCall');
  });
});

const part = (part: object, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [part] }, ...more }],
  usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 },
  modelVersion: 'gemini-3-pro',
  responseId: 'r',
});

describe('a provider’s stream of Gemini', () => {
  it('is read as the answer is', () => {
    const answer = gemini.readAnswer(body(RESPONSE));
    expect(assembleAnswer(read(gemini, written(gemini, answerEvents(ANSWER))))).toEqual(answer);
    expect(answer.candidates[0]!.stop).toBe('tool_calls');
  });

  it('is put together from answers of what is new, calls with stable ids', () => {
    const parts = [
      { text: 'Hm', thought: true },
      { text: 'He' },
      { text: 'llo' },
      { functionCall: { name: 'f', args: { x: 1 } }, thoughtSignature: 's' },
      { functionCall: { name: 'g' } },
    ];
    const data = [
      ...parts.map((one) => part(one)),
      {
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: 5,
          toolUsePromptTokenCount: 2,
          candidatesTokenCount: 7,
          thoughtsTokenCount: 3,
          cachedContentTokenCount: 0,
        },
      },
    ];
    const events = read(gemini, streamOf(...data));
    expect(assembleAnswer(events)).toEqual({
      id: 'r',
      model: 'gemini-3-pro',
      candidates: [
        {
          parts: [
            { type: 'reasoning', text: 'Hm' },
            { type: 'text', text: 'Hello' },
            { type: 'tool_call', id: 'call_r_0_0', name: 'f', arguments: { x: 1 }, signature: 's' },
            { type: 'tool_call', id: 'call_r_0_1', name: 'g', arguments: {} },
          ],
          stop: 'tool_calls',
        },
      ],
      usage: { input: 7, output: 10, reasoning: 3, cacheRead: 0 },
    });
    expect(events.at(-1)).toEqual({ type: 'end' });
    const whole = gemini.readAnswer({
      candidates: [{ content: { parts }, finishReason: 'STOP' }],
      responseId: 'r',
    });
    expect(whole.candidates).toEqual(assembleAnswer(events).candidates);
  });

  it.each<[string, object[], object]>([
    ['was cut', [part({ text: 'A' })], { status: 502, code: 'upstream_stream_cut' }],
    [
      'says an error',
      [part({ text: 'A' }), { error: { code: 503, message: 'Busy', status: 'UNAVAILABLE' } }],
      { status: 503, message: 'Busy', code: 'UNAVAILABLE' },
    ],
    [
      'ends in a call that Gemini could not read',
      [part({}, { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'f(' })],
      { status: 502, code: 'malformed_function_call' },
    ],
  ])('that %s ends in an error', (_, data, error) => {
    expect(read(gemini, streamOf(...data)).at(-1)).toMatchObject({ type: 'error', error });
  });

  it('may be refused for its prompt, or its answer', () => {
    const blocked = {
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 },
    };
    const expected = { candidates: [{ parts: [], stop: 'content_filter' }], usage: { input: 5, output: 0 } };
    expect(gemini.readAnswer(blocked)).toMatchObject(expected);
    expect(assembleAnswer(read(gemini, streamOf(blocked)))).toMatchObject(expected);
    for (const finishReason of ['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII']) {
      expect(gemini.readAnswer({ candidates: [{ finishReason }] }).candidates[0]!.stop).toBe(
        'content_filter',
      );
    }
    expect(() => gemini.readAnswer({})).toThrow('without candidates');
    expect(() => gemini.readAnswer({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] })).toThrow(
      'MALFORMED',
    );
  });

  it('keeps several candidates apart, with their logprobs', () => {
    const answer: ChatAnswer = {
      id: 'i',
      model: 'm',
      candidates: [
        {
          parts: [{ type: 'text', text: 'One' }],
          stop: 'stop',
          logprobs: [{ token: 'a', logprob: -1, top: [{ token: 'b', logprob: -2 }] }],
        },
        { parts: [{ type: 'text', text: 'Two' }], stop: 'length' },
      ],
    };
    expect(gemini.readAnswer(gemini.writeAnswer(answer, REQUEST))).toEqual(answer);
    expect(assembleAnswer(read(gemini, written(gemini, answerEvents(answer))))).toEqual(answer);
  });
});

describe('the usage of Gemini', () => {
  it('tells an output of 0, which is left out, from one that is not known', () => {
    expect(gemini.usageOf({ usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } })).toEqual({
      input: 5,
      output: 0,
    });
    expect(gemini.usageOf({ usageMetadata: { promptTokenCount: 5 } })).toEqual({ input: 5 });
    expect(gemini.usageOf({})).toBeUndefined();
  });
});

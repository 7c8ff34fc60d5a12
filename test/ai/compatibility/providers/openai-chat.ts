import type OpenAI from 'openai';
import type { ProviderRequest } from '../../provider-server.js';
import { type Answer, type Heard, type HeardPart, type Stop, type ToolChoice, USAGE } from '../scene.js';
import { events, pieces, type Wire } from './provider.js';

// Answers and streams as the types of openai 7 have them; `reasoning_content` as DeepSeek documents it.
// https://api-docs.deepseek.com/guides/reasoning_model

const STOPS = {
  stop: 'stop',
  length: 'length',
  tools: 'tool_calls',
  filtered: 'content_filter',
} as const satisfies Record<Stop, OpenAI.ChatCompletion.Choice['finish_reason']>;

const usage: OpenAI.CompletionUsage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  prompt_tokens_details: { cached_tokens: USAGE.cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: USAGE.reasoning, audio_tokens: 0 },
};

const head = { id: 'chatcmpl-1', created: 1_764_000_000, model: 'gpt-5-mini-2025-08-07' };

type Reasoned<T> = T & { reasoning_content?: string };

function whole({ text, reasoning, calls = [], stop }: Answer): OpenAI.ChatCompletion {
  const message: Reasoned<OpenAI.ChatCompletionMessage> = {
    role: 'assistant',
    content: text ?? null,
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ name, args }, index) => ({
            id: `call_${index}`,
            type: 'function',
            function: { name, arguments: JSON.stringify(args) },
          })),
        }),
  };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: STOPS[stop] }],
    usage,
  };
}

type Delta = Reasoned<OpenAI.ChatCompletionChunk.Choice.Delta>;

function chunk(
  delta: Delta,
  finish_reason: OpenAI.ChatCompletionChunk.Choice['finish_reason'] = null,
): OpenAI.ChatCompletionChunk {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  };
}

/** Pieces of parallel calls come one after the other, as OpenAI sends them. */
export function deltas({ text, reasoning, calls = [], stop }: Answer): OpenAI.ChatCompletionChunk[] {
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...(reasoning === undefined ? [] : pieces(reasoning).map((piece) => chunk({ reasoning_content: piece }))),
    ...(text === undefined ? [] : pieces(text).map((piece) => chunk({ content: piece }))),
    ...calls.flatMap(({ name, args }, index) => [
      chunk({
        tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }],
      }),
      ...pieces(JSON.stringify(args)).map((piece) =>
        chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
      ),
    ]),
    chunk({}, STOPS[stop]),
  ];
}

export const openAiChat: Wire = {
  requestType: 'OpenAI.ChatCompletionCreateParams',
  counts: { cached: true, reasoning: true },
  whole,
  stream: (answer) =>
    events([...deltas(answer), { ...chunk({}), choices: [], usage } satisfies OpenAI.ChatCompletionChunk]) +
    'data: [DONE]\n\n',
  error: (status, message) => ({
    error: { message, type: status === 429 ? 'requests' : 'invalid_request_error', param: null, code: null },
  }),
  heard: (request) => heardByChat(request.json as unknown as OpenAI.ChatCompletionCreateParams),
};

export function heardByChat(body: OpenAI.ChatCompletionCreateParams): Heard {
  const system = body.messages.filter(({ role }) => role === 'system' || role === 'developer');
  const { response_format: format } = body;
  return {
    model: body.model,
    stream: body.stream ?? false,
    system: system.map(({ content }) => textOf(content)).join('\n\n'),
    turns: body.messages.flatMap(turnOf),
    tools: (body.tools ?? []).flatMap((tool) =>
      tool.type === 'function'
        ? [
            {
              name: tool.function.name,
              description: tool.function.description!,
              schema: tool.function.parameters as never,
            },
          ]
        : [],
    ),
    toolChoice: choiceOf(body.tool_choice),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    stop: body.stop === null || body.stop === undefined ? undefined : [body.stop].flat(),
    schema: format?.type === 'json_schema' ? format.json_schema.schema : undefined,
    thinks: body.reasoning_effort !== undefined && body.reasoning_effort !== null,
  };
}

type Message = OpenAI.ChatCompletionMessageParam;

function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => ('text' in part ? part.text : '')).join('');
}

function turnOf(message: Message): Heard['turns'][number][] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', parts: partsOf(message.content) }];
    case 'assistant':
      return [
        {
          role: 'assistant',
          parts: [
            ...(textOf(message.content) === '' ? [] : [{ text: textOf(message.content) }]),
            ...(message.tool_calls ?? []).flatMap((call): HeardPart[] =>
              call.type === 'function'
                ? [
                    {
                      id: call.id,
                      call: { name: call.function.name, args: JSON.parse(call.function.arguments) },
                    },
                  ]
                : [],
            ),
          ],
        },
      ];
    case 'tool':
      return [{ role: 'tool', parts: [{ result: textOf(message.content), of: message.tool_call_id }] }];
    default:
      return [];
  }
}

function partsOf(content: OpenAI.ChatCompletionUserMessageParam['content']): HeardPart[] {
  if (typeof content === 'string') return [{ text: content }];
  return content.map((part): HeardPart => {
    switch (part.type) {
      case 'text':
        return { text: part.text };
      case 'image_url':
        return { image: fromUrl(part.image_url.url) };
      case 'file':
        return { pdf: { base64: fromUrl(part.file.file_data!).base64!, name: part.file.filename! } };
      case 'input_audio':
        throw new Error('nobody sent audio');
    }
  });
}

export function fromUrl(
  url: string,
): { base64: string; type: string; url?: never } | { url: string; base64?: never } {
  const [, type, base64] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  return type === undefined ? { url } : { type, base64: base64! };
}

function choiceOf(choice: OpenAI.ChatCompletionCreateParams['tool_choice']): ToolChoice | undefined {
  if (choice === undefined || typeof choice === 'string') return choice;
  return choice.type === 'function' ? { only: choice.function.name } : undefined;
}

export function requestOf<T>(request: ProviderRequest): T {
  return request.json as unknown as T;
}

import OpenAI from 'openai';
import OpenAI6 from 'openai-v6';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, errorName, dataUrl, PDF_TYPE } from './caller.js';

export function openAiChatCallers(base: string, apiKey: string): Caller[] {
  const options = { baseURL: `${base}/v1`, apiKey, maxRetries: 0 };
  return [
    openAiChat('openai 7', new OpenAI(options)),
    // What is asked of it is the same in both versions.
    openAiChat('openai 6', new OpenAI6(options) as unknown as OpenAI),
  ];
}

function openAiChat(name: string, client: OpenAI): Caller {
  return {
    name,
    ask: async (ask, model, signal) => {
      const completion = await client.chat.completions.create(paramsOf(ask, model), {
        signal: signal ?? null,
      });
      return saidBy(completion);
    },
    stream: async (ask, model, signal, onPiece) => {
      const stream = client.chat.completions.stream(
        { ...paramsOf(ask, model), stream: true, stream_options: { include_usage: true } },
        { signal: signal ?? null },
      );
      let pieces = 0;
      stream.on('content', () => {
        pieces++;
        onPiece?.();
      });
      let reasoning = '';
      stream.on('chunk', ({ choices: [choice] }) => {
        reasoning += thoughtOf(choice?.delta ?? {});
      });
      const completion = await stream.finalChatCompletion();
      return { ...saidBy(completion), reasoning, pieces };
    },
    complaintOf: complaint,
    errorName,
  };
}

function paramsOf(ask: Ask, model: string): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: [
      ...(ask.system === undefined ? [] : [{ role: 'system', content: ask.system } as const]),
      ...ask.turns.flatMap(messagesOf),
    ],
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema as never },
      })),
    }),
    ...(ask.toolChoice && {
      tool_choice:
        typeof ask.toolChoice === 'string'
          ? ask.toolChoice
          : { type: 'function', function: { name: ask.toolChoice.only } },
    }),
    ...(ask.maxTokens && { max_completion_tokens: ask.maxTokens }),
    ...(ask.stop && { stop: [...ask.stop] }),
    ...(ask.schema && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: ask.schema, strict: true },
      },
    }),
    ...(ask.thinks && { reasoning_effort: 'high' }),
  };
}

function messagesOf(turn: Turn): OpenAI.ChatCompletionMessageParam[] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [{ role: 'user', content: typeof turn.user === 'string' ? turn.user : turn.user.map(partOf) }];
  const message = turn.said.own as OpenAI.ChatCompletionMessage;
  return [
    message,
    ...turn.results.map(
      (content, index) => ({ role: 'tool', tool_call_id: message.tool_calls![index]!.id, content }) as const,
    ),
  ];
}

function partOf(part: UserPart): OpenAI.ChatCompletionContentPart {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('pdf' in part) {
    const file_data = dataUrl({ ...part.pdf, type: PDF_TYPE });
    return { type: 'file', file: { filename: part.pdf.name, file_data } };
  }
  return {
    type: 'image_url',
    image_url: { url: 'url' in part.image ? part.image.url : dataUrl(part.image) },
  };
}

/** It is no member of OpenAI's own API: some servers have it by one name, and some by the other. */
function thoughtOf(message: object): string {
  const told = message as { reasoning_content?: string; reasoning?: string };
  return told.reasoning_content ?? told.reasoning ?? '';
}

const STOPS: Readonly<Record<string, Stop>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tools',
  content_filter: 'filtered',
};

function saidBy({ choices, usage }: OpenAI.ChatCompletion): Said {
  const { message, finish_reason: stop } = choices[0]!;
  return {
    text: message.content ?? '',
    reasoning: thoughtOf(message),
    calls: (message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ name: call.function.name, args: JSON.parse(call.function.arguments) }]
        : [],
    ),
    stop: STOPS[stop] ?? 'other',
    usage: usage
      ? {
          input: usage.prompt_tokens,
          output: usage.completion_tokens,
          cached: usage.prompt_tokens_details?.cached_tokens,
          reasoning: usage.completion_tokens_details?.reasoning_tokens,
        }
      : {},
    own: message,
  } as Said;
}

import { Mistral } from '@mistralai/mistralai';
import type {
  AssistantMessage,
  ChatCompletionRequest,
  ChatCompletionResponse,
  CompletionChunk,
  ContentChunk,
} from '@mistralai/mistralai/models/components';
import type { Ask, Said, Stop, Turn, UserPart } from '../scene.js';
import { type Caller, complaint, dataUrl, PDF_TYPE } from './caller.js';

export function mistralCallers(base: string, apiKey: string): Caller[] {
  const client = new Mistral({ serverURL: base, apiKey, retryConfig: { strategy: 'none' } });
  return [
    {
      name: '@mistralai/mistralai',
      counts: { cached: false, reasoning: false },
      ask: async (ask, model, signal) =>
        saidBy(await client.chat.complete(paramsOf(ask, model), optionsOf(signal))),
      stream: async (ask, model, signal, onPiece) => {
        const all: CompletionChunk[] = [];
        let pieces = 0;
        for await (const { data } of await client.chat.stream(paramsOf(ask, model), optionsOf(signal))) {
          all.push(data);
          const { content } = data.choices[0]!.delta;
          if (typeof content !== 'string' || content === '') continue;
          pieces++;
          onPiece?.();
        }
        return { ...saidBy(assembled(all)), pieces };
      },
      complaintOf: complaint,
      errorName: () => 'SDKError',
    },
  ];
}

function optionsOf(signal: AbortSignal | undefined) {
  return signal ? { fetchOptions: { signal } } : {};
}

function paramsOf(ask: Ask, model: string): ChatCompletionRequest {
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
    ...(ask.toolChoice && { toolChoice: choiceOf(ask.toolChoice) }),
    ...(ask.maxTokens && { maxTokens: ask.maxTokens }),
    ...(ask.stop && { stop: [...ask.stop] }),
    ...(ask.schema && {
      responseFormat: {
        type: 'json_schema',
        jsonSchema: { name: 'answer', schemaDefinition: ask.schema, strict: true },
      },
    }),
    ...(ask.thinks && { reasoningEffort: 'high' }),
  };
}

/** `any` is its older word for it. */
function choiceOf(choice: NonNullable<Ask['toolChoice']>): NonNullable<ChatCompletionRequest['toolChoice']> {
  if (typeof choice !== 'string') return { type: 'function', function: { name: choice.only } };
  return choice === 'required' ? 'any' : choice;
}

function messagesOf(turn: Turn): ChatCompletionRequest['messages'] {
  if ('assistant' in turn) return [{ role: 'assistant', content: turn.assistant }];
  if ('user' in turn)
    return [{ role: 'user', content: typeof turn.user === 'string' ? turn.user : turn.user.map(partOf) }];
  const message = turn.said.own as AssistantMessage;
  return [
    { ...message, role: 'assistant' },
    ...turn.results.map((content, index) => {
      const { id, function: called } = message.toolCalls![index]!;
      return { role: 'tool', content, toolCallId: id!, name: called.name } as const;
    }),
  ];
}

function partOf(part: UserPart): ContentChunk {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('pdf' in part) {
    const documentUrl = dataUrl({ ...part.pdf, type: PDF_TYPE });
    return { type: 'document_url', documentUrl, documentName: part.pdf.name };
  }
  return { type: 'image_url', imageUrl: 'url' in part.image ? part.image.url : dataUrl(part.image) };
}

const STOPS: Readonly<Record<string, Stop>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tools',
  content_filter: 'filtered',
};

type Content = AssistantMessage['content'];

function textIn(content: Content): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => ('text' in part ? String(part.text) : '')).join('');
}

function thoughtIn(content: Content): string {
  if (typeof content === 'string') return '';
  return (content ?? []).map((part) => ('thinking' in part ? textIn(part.thinking as Content) : '')).join('');
}

function saidBy({ choices, usage }: Pick<ChatCompletionResponse, 'choices' | 'usage'>): Said {
  const { message = {}, finishReason } = choices[0]!;
  return {
    text: textIn(message.content),
    reasoning: thoughtIn(message.content),
    calls: (message.toolCalls ?? []).map(({ function: { name, arguments: args } }) => ({
      name,
      args: typeof args === 'string' ? (JSON.parse(args) as Record<string, unknown>) : args,
    })),
    stop: STOPS[finishReason] ?? 'other',
    usage: { input: usage.promptTokens!, output: usage.completionTokens! },
    own: message,
  };
}

/** Its SDK leaves it to its users to put the pieces of a stream together. */
function assembled(all: readonly CompletionChunk[]): Pick<ChatCompletionResponse, 'choices' | 'usage'> {
  const choices = all.flatMap((chunk) => chunk.choices);
  const contents = choices.flatMap(({ delta: { content } }): ContentChunk[] =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []),
  );
  const toolCalls = choices.flatMap(({ delta }) => delta.toolCalls ?? []);
  const finishReason = choices.findLast((choice) => choice.finishReason !== null)!.finishReason!;
  const message = {
    role: 'assistant',
    content: contents,
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
  } as const;
  return { choices: [{ index: 0, message, finishReason }], usage: all.at(-1)!.usage! };
}

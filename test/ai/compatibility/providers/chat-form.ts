import type { ChatAnswer, ChatEvent, ChatRequest } from '../../../../apps/gateway/src/ai/dialects/chat.js';
import { answerEvents } from '../../../../apps/gateway/src/ai/dialects/answer-events.js';
import { type Answer, type Heard, type HeardPart, USAGE } from '../scene.js';
import { pieces } from './provider.js';

// For providers whose wire is played, and read, by what their dialect's own tests have checked against the provider's client.

const STOPS = { stop: 'stop', length: 'length', tools: 'tool_calls', filtered: 'content_filter' } as const;

export function chatAnswer({ text, reasoning, calls = [], stop }: Answer): ChatAnswer {
  return {
    id: 'answer-1',
    model: 'a-model',
    candidates: [
      {
        parts: [
          ...(reasoning === undefined ? [] : [{ type: 'reasoning', text: reasoning } as const]),
          ...(text === undefined ? [] : [{ type: 'text', text } as const]),
          ...calls.map(
            ({ name, args }, index) =>
              ({ type: 'tool_call', id: `call_${index}`, name, arguments: args as never }) as const,
          ),
        ],
        stop: STOPS[stop],
      },
    ],
    usage: { input: USAGE.input, output: USAGE.output, cacheRead: USAGE.cached },
  };
}

/** Texts and arguments in two pieces. */
export function chatEvents(answer: Answer): ChatEvent[] {
  return [...answerEvents(chatAnswer(answer))].flatMap((event): ChatEvent[] =>
    event.type === 'delta' ? pieces(event.text).map((text) => ({ ...event, text })) : [event],
  );
}

export function heardAs(request: ChatRequest, body: object): Heard {
  const { instructions, messages, tools, toolChoice, maxOutputTokens, stop, outputFormat } = request;
  return {
    model: request.model,
    stream: 'stream' in body && body.stream === true,
    system: instructions.map(({ text }) => text).join('\n\n'),
    turns: messages.flatMap(({ role, parts }) =>
      role === 'system' ? [] : [{ role, parts: (parts as readonly Part[]).flatMap(partOf) }],
    ),
    tools: tools.map(({ name, description, parameters }) => ({
      name,
      description: description!,
      schema: parameters as never,
    })),
    toolChoice: toolChoice && ('only' in toolChoice ? { only: toolChoice.only[0]! } : toolChoice.mode),
    maxTokens: maxOutputTokens,
    stop,
    schema: outputFormat?.type === 'json_schema' ? outputFormat.schema : undefined,
    thinks: request.reasoning !== undefined,
  };
}

type Part = ChatRequest['messages'][number]['parts'][number];

function partOf(part: Part): HeardPart[] {
  switch (part.type) {
    case 'text':
      return [{ text: part.text }];
    case 'image':
      if ('url' in part.source) return [{ image: { url: part.source.url } }];
      return 'data' in part.source
        ? [{ image: { base64: part.source.data, type: part.source.mediaType } }]
        : [];
    case 'file':
      return 'data' in part.source ? [{ pdf: { base64: part.source.data, name: part.name ?? '' } }] : [];
    case 'tool_call':
      return [{ id: part.id, call: { name: part.name, args: part.arguments } }];
    case 'tool_result':
      return [
        {
          of: part.callId,
          result: part.parts.map((content) => (content.type === 'text' ? content.text : '')).join(''),
        },
      ];
    default:
      return [];
  }
}

import { cohere } from '../../../apps/gateway/src/ai/dialects/cohere/cohere.dialect.js';
import type {
  AssistantPart,
  ChatAnswer,
  ChatEvent,
  ChatMessage,
  ChatRequest,
  StopReason,
  ToolChoice,
} from '../../../apps/gateway/src/ai/dialects/chat.js';
import { sourceOf } from '../../../apps/gateway/src/ai/dialects/sources.js';
import { EventStreamParser } from '../../../apps/gateway/src/wire/event-stream.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../apps/gateway/src/wire/json.js';
import { chunked } from './chunks.js';
import { streamOf } from './samples.js';

// Cohere's side of its wire, by the types of cohere-ai; its client reads what is written here.

const STOPS: Readonly<Record<StopReason, string>> = {
  stop: 'COMPLETE',
  stop_sequence: 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  context_window: 'MAX_TOKENS',
  tool_calls: 'TOOL_CALL',
  refusal: 'ERROR_TOXIC',
  content_filter: 'ERROR_TOXIC',
  pause: 'COMPLETE',
};

function usageOf({ usage }: Pick<ChatAnswer, 'usage'>): JsonObject {
  const { input, output, cacheRead } = usage ?? {};
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: { input_tokens: (input ?? 0) + 400, output_tokens: output },
    cached_tokens: cacheRead,
  };
}

/** What `/v2/chat` answers. */
export function cohereAnswer({ id, candidates, usage }: ChatAnswer): JsonObject {
  const { parts, stop } = candidates[0]!;
  const calls = parts.filter((part) => part.type === 'tool_call');
  const text = parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('');
  const thoughts = parts.flatMap((part) =>
    part.type === 'reasoning' ? { type: 'thinking', thinking: part.text } : [],
  );
  const said = text === '' || calls.length > 0 ? [] : [{ type: 'text', text }];
  return {
    id,
    finish_reason: STOPS[stop],
    message: {
      role: 'assistant',
      content: [...thoughts, ...said],
      ...(calls.length === 0
        ? {}
        : { tool_calls: calls.map(callOf), ...(text === '' ? {} : { tool_plan: text }) }),
    },
    usage: usageOf({ usage }),
  };
}

function callOf({ id, name, arguments: args }: Extract<AssistantPart, { type: 'tool_call' }>): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}

/** What `/v2/chat` streams. */
export function cohereStream(events: Iterable<ChatEvent>): string {
  const types = new Map<number, string>();
  let stop: StopReason = 'stop';
  const written: JsonObject[] = [];
  for (const event of events) {
    if (event.type === 'stop') stop = event.stop;
    else if (event.type === 'usage') {
      written.push({ type: 'message-end', delta: { finish_reason: STOPS[stop], usage: usageOf(event) } });
    } else written.push(...eventsOf(event, types));
  }
  return streamOf(...written);
}

function eventsOf(event: ChatEvent, types: Map<number, string>): JsonObject[] {
  if (event.type === 'start') {
    return [
      {
        type: 'message-start',
        id: event.id,
        delta: { message: { role: 'assistant', content: [], tool_calls: [] } },
      },
    ];
  }
  if (event.type === 'part_start') {
    const { part: index, of } = event;
    types.set(index, of.type);
    if (of.type === 'tool_call') {
      const called = { id: of.id, type: 'function', function: { name: of.name, arguments: '' } };
      return [{ type: 'tool-call-start', index, delta: { message: { tool_calls: called } } }];
    }
    const content = of.type === 'reasoning' ? { type: 'thinking', thinking: '' } : { type: 'text', text: '' };
    return [{ type: 'content-start', index, delta: { message: { content } } }];
  }
  if (event.type === 'delta') {
    const { part: index, text } = event;
    const type = types.get(index);
    if (type === 'tool_call') {
      return [
        {
          type: 'tool-call-delta',
          index,
          delta: { message: { tool_calls: { function: { arguments: text } } } },
        },
      ];
    }
    const content = type === 'reasoning' ? { thinking: text } : { text };
    return [{ type: 'content-delta', index, delta: { message: { content } } }];
  }
  if (event.type !== 'part_end') return [];
  return [
    { type: types.get(event.part) === 'tool_call' ? 'tool-call-end' : 'content-end', index: event.part },
  ];
}

/** A stream as the gateway reads it, in pieces of a size. */
export function readCohere(stream: string, size = 1_000_000, model = 'command-a-03-2025'): ChatEvent[] {
  const parser = new EventStreamParser();
  const reader = cohere.reader(model);
  const events = [...chunked(stream, size)].flatMap((chunk) => parser.push(chunk));
  return [...[...events, ...parser.end()].flatMap((event) => reader.read(event)), ...reader.end()];
}

/** What a body asks for, as far as property tests write some. */
export function readCohereRequest(body: JsonObject, model: string): ChatRequest {
  const messages = objectsOf(body.messages);
  const system = messages.filter(({ role }) => role === 'system');
  return {
    ...body,
    model,
    stream: false,
    instructions: system.flatMap(({ content }) => objectsOf(content)),
    messages: messagesOf(messages.filter(({ role }) => role !== 'system')),
    tools: objectsOf(body.tools).map(({ function: tool }) => tool),
    toolChoice: choiceOf(textOf(body.tool_choice)),
    maxOutputTokens: body.max_tokens,
    topP: body.p,
    topK: body.k,
    seed: body.seed,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    stop: body.stop_sequences,
    outputFormat: body.response_format && {
      type: 'json_schema',
      schema: objectOf(body.response_format)!.json_schema,
    },
    reasoning: body.thinking && { effort: EFFORTS.get(objectOf(body.thinking)!.token_budget as number) },
    ...Object.fromEntries(WIRE_NAMES.map((name) => [name, undefined])),
    unconverted: [],
  } as unknown as ChatRequest;
}

const WIRE_NAMES = [
  'max_tokens',
  'p',
  'k',
  'tool_choice',
  'frequency_penalty',
  'presence_penalty',
  'stop_sequences',
  'response_format',
  'thinking',
];
const EFFORTS = new Map([
  [2_048, 'low'],
  [8_192, 'medium'],
  [16_384, 'high'],
]);

function choiceOf(choice: string | undefined): ToolChoice | undefined {
  return choice === undefined ? undefined : { mode: choice === 'NONE' ? 'none' : 'required' };
}

function messagesOf(messages: readonly JsonObject[]): ChatMessage[] {
  const read: ChatMessage[] = [];
  for (const { role, content, tool_calls: calls, tool_plan: plan, tool_call_id: callId } of messages) {
    const last = read.at(-1);
    const parts = objectsOf(content).map(partOf);
    if (role === 'tool') {
      const result = { type: 'tool_result', callId, parts } as never;
      if (last?.role === 'tool') read.splice(-1, 1, { role: 'tool', parts: [...last.parts, result] });
      else read.push({ role: 'tool', parts: [result] });
    } else if (role === 'assistant') {
      const planned = typeof plan === 'string' ? [{ type: 'text', text: plan } as const] : [];
      const called = objectsOf(calls).map(({ id, function: one }) => ({
        type: 'tool_call',
        id,
        name: objectOf(one)!.name,
        arguments: JSON.parse(textOf(objectOf(one)!.arguments)!) as JsonObject,
      }));
      read.push({ role, parts: [...parts, ...planned, ...called] as never });
    } else read.push({ role: 'user', parts: parts as never });
  }
  return read;
}

function partOf(part: JsonObject): object {
  return part.type === 'text'
    ? part
    : { type: 'image', source: sourceOf(textOf(objectOf(part.image_url)?.url)!) };
}

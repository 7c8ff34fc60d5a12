import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  ImagePart,
  OutputFormat,
  Reasoning,
  TextPart,
  ToolCallPart,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { CallIds } from '../call-ids.js';
import { imageType } from './image-type.js';
import { readBody } from '../read-body.js';
import { recoverCallId } from '../signatures.js';
import { addToolResult } from '../tool-results.js';
import type { JsonObject } from '../../../wire/json.js';
import { type Message, type MessageOf, type RequestBody, requestSchema } from './request-schema.js';

const POINTERS = {
  maxOutputTokens: '/options/num_predict',
  temperature: '/options/temperature',
  topP: '/options/top_p',
  topK: '/options/top_k',
  seed: '/options/seed',
  stop: '/options/stop',
  presencePenalty: '/options/presence_penalty',
  frequencyPenalty: '/options/frequency_penalty',
  outputFormat: '/format',
  reasoning: '/think',
  topLogprobs: '/top_logprobs',
} as const;

/** @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { value, unread } = readBody(requestSchema, body, path.model);
  const options = value.options ?? {};
  const { num_predict: most, stop } = options;
  return {
    model: value.model,
    // Ollama streams unless it is told not to.
    stream: value.stream ?? path.stream ?? true,
    ...readMessages(value.messages),
    tools: readTools(value.tools ?? []),
    // Less than 0 is as much as there is room for.
    maxOutputTokens: most !== null && most !== undefined && most >= 0 ? most : undefined,
    temperature: options.temperature ?? undefined,
    topP: options.top_p ?? undefined,
    topK: options.top_k ?? undefined,
    seed: options.seed ?? undefined,
    stop: typeof stop === 'string' ? [stop] : (stop ?? undefined),
    presencePenalty: options.presence_penalty ?? undefined,
    frequencyPenalty: options.frequency_penalty ?? undefined,
    outputFormat: readFormat(value.format),
    reasoning: readThink(value.think),
    topLogprobs: value.logprobs ? (value.top_logprobs ?? 0) : undefined,
    unconverted: unread,
    pointers: POINTERS,
  };
}

/** Instructions before the first other message are those of the whole conversation. */
function readMessages(messages: RequestBody['messages']): Pick<ChatRequest, 'instructions' | 'messages'> {
  const instructions: TextPart[] = [];
  const read: ChatMessage[] = [];
  const ids = new CallIds();
  messages.forEach((message, index) => {
    if (!message) return;
    const at = `/messages/${index}`;
    if (message.role === 'tool') return addToolResult(read, readResult(message, at, ids));
    const next = readMessage(message, at, ids);
    if (next.role === 'system' && read.length === 0) instructions.push(...next.parts);
    else read.push(next);
  });
  return { instructions, messages: read };
}

function readMessage(message: Exclude<Message, { role: 'tool' }>, at: string, ids: CallIds): ChatMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', parts: [{ type: 'text', text: message.content, at: `${at}/content` }] };
    case 'user':
      return { role: 'user', parts: readUser(message, at) };
    case 'assistant':
      return { role: 'assistant', parts: readAssistant(message, at, ids) };
  }
}

function readUser({ content, images }: MessageOf<'user'>, at: string): UserPart[] {
  const read = (images ?? []).map((data, index): ImagePart => {
    const place = `${at}/images/${index}`;
    return { type: 'image', source: { data, mediaType: imageType(data, place) }, at: place };
  });
  return [...textOf(content, `${at}/content`), ...read];
}

function textOf(text: string | null | undefined, at: string): TextPart[] {
  return text ? [{ type: 'text', text, at }] : [];
}

function readAssistant(message: MessageOf<'assistant'>, at: string, ids: CallIds): AssistantPart[] {
  const { content, thinking, tool_calls: calls } = message;
  return [
    ...(thinking ? [{ type: 'reasoning', text: thinking, at: `${at}/thinking` } as const] : []),
    ...textOf(content, `${at}/content`),
    ...(calls ?? []).map(({ id: carried, function: called }, index): ToolCallPart => {
      const { id, signature } = recoverCallId(ids.called(carried, called.name));
      const place = `${at}/tool_calls/${index}`;
      return {
        type: 'tool_call',
        id,
        name: called.name,
        arguments: called.arguments ?? {},
        signature,
        at: place,
      };
    }),
  ];
}

/** Clients leave the ids out: then results come in the order of the calls. */
function readResult(message: MessageOf<'tool'>, at: string, ids: CallIds): ToolResultPart {
  const { content, tool_name: name, tool_call_id: id } = message;
  return {
    type: 'tool_result',
    callId: recoverCallId(ids.answered(id, name ?? undefined)).id,
    name: name ?? undefined,
    parts: [{ type: 'text', text: content, at: `${at}/content` }],
    at,
  };
}

function readTools(tools: NonNullable<RequestBody['tools']>): ToolDefinition[] {
  return tools.flatMap((tool, index) => {
    if (!tool) return [];
    const { name, description, parameters } = tool.function;
    return [
      {
        name,
        description: description ?? undefined,
        parameters: parameters ?? undefined,
        at: `/tools/${index}`,
      },
    ];
  });
}

function readFormat(format: RequestBody['format']): OutputFormat | undefined {
  if (!format) return undefined;
  return format === 'json' ? { type: 'json' } : { type: 'json_schema', schema: format };
}

function readThink(think: RequestBody['think']): Reasoning | undefined {
  if (think === null || think === undefined) return undefined;
  if (think === false) return { effort: 'none' };
  return think === true ? { shown: true } : { effort: think, shown: true };
}

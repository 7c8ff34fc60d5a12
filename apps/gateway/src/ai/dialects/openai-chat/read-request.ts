import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  OutputFormat,
  Said,
  TextPart,
  ToolCallPart,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError } from '../dialect.js';
import type { JsonObject } from '../../../wire/json.js';
import { readFunction, readJsonSchema } from '../openai-forms.js';
import { readBody } from '../read-body.js';
import { recoverCallId } from '../signatures.js';
import { sourceOf } from '../sources.js';
import { parseArgumentsOf } from '../tool-arguments.js';
import { addToolResult } from '../tool-results.js';
import { ofCaller, readReasoning } from './reasoning.js';
import { requestSchema, type Message, type MessageOf, type RequestBody } from './request-schema.js';

const POINTERS = {
  toolChoice: '/tool_choice',
  parallelToolCalls: '/parallel_tool_calls',
  maxOutputTokens: '/max_completion_tokens',
  topP: '/top_p',
  frequencyPenalty: '/frequency_penalty',
  presencePenalty: '/presence_penalty',
  candidates: '/n',
  outputFormat: '/response_format',
  reasoning: '/reasoning_effort',
  topLogprobs: '/top_logprobs',
} as const;

/** @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { value, unread } = readBody(requestSchema, body, path.model);
  return {
    model: value.model,
    stream: value.stream ?? path.stream ?? false,
    ...readMessages(value.messages),
    tools: readTools(value.tools ?? []),
    toolChoice: readToolChoice(value.tool_choice),
    parallelToolCalls: value.parallel_tool_calls ?? undefined,
    maxOutputTokens: value.max_completion_tokens ?? value.max_tokens ?? undefined,
    temperature: value.temperature ?? undefined,
    topP: value.top_p ?? undefined,
    frequencyPenalty: value.frequency_penalty ?? undefined,
    presencePenalty: value.presence_penalty ?? undefined,
    seed: value.seed ?? undefined,
    stop: typeof value.stop === 'string' ? [value.stop] : (value.stop ?? undefined),
    candidates: value.n ?? undefined,
    outputFormat: readOutputFormat(value.response_format),
    reasoning: value.reasoning_effort ? { effort: value.reasoning_effort } : undefined,
    topLogprobs: value.logprobs ? (value.top_logprobs ?? 0) : undefined,
    user: value.user ?? value.safety_identifier ?? undefined,
    metadata: value.metadata ?? undefined,
    wantsUsage: value.stream_options?.include_usage ?? undefined,
    unconverted: unread,
    pointers: POINTERS,
  };
}

/** Instructions before the first other message are those of the whole conversation. */
function readMessages(messages: RequestBody['messages']): Pick<ChatRequest, 'instructions' | 'messages'> {
  const instructions: TextPart[] = [];
  const read: ChatMessage[] = [];
  messages.forEach((message, index) => {
    if (!message) return;
    const at = `/messages/${index}`;
    if (message.role === 'tool') return addToolResult(read, readToolResult(message, at));
    const next = readMessage(message, at);
    if (next.role === 'system' && read.length === 0) instructions.push(...next.parts);
    else read.push(next);
  });
  return { instructions, messages: read };
}

function readMessage(message: Exclude<Message, { role: 'tool' }>, at: string): ChatMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', parts: readTexts(message.content, `${at}/content`) };
    case 'user':
      return { role: 'user', parts: readUser(message, at) };
    case 'assistant':
      return { role: 'assistant', parts: readAssistant(message, at) };
  }
}

type Texts = MessageOf<'tool'>['content'];
type Text = Exclude<Extract<Texts, readonly unknown[]>[number], undefined>;

function readTexts(content: Texts, at: string): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  return content.flatMap((part, index) => (part ? [readText(part, `${at}/${index}`)] : []));
}

function readText(part: Text, at: string): TextPart {
  return { type: 'text', text: part.text, ...said(part, at) };
}

function said(marks: Pick<Text, 'cache_control' | 'prompt_cache_breakpoint'>, at: string): Said {
  if (marks.cache_control) return { at, cacheHint: { ttl: marks.cache_control.ttl ?? undefined } };
  return { at, cacheHint: marks.prompt_cache_breakpoint ? {} : undefined };
}

function readUser({ content }: MessageOf<'user'>, at: string): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: `${at}/content` }];
  return content.flatMap((part, index) => (part ? [readUserPart(part, `${at}/content/${index}`)] : []));
}

type UserContent = Exclude<Extract<MessageOf<'user'>['content'], readonly unknown[]>[number], undefined>;

function readUserPart(part: UserContent, at: string): UserPart {
  switch (part.type) {
    case 'text':
      return readText(part, at);
    case 'image_url':
      return {
        type: 'image',
        source: sourceOf(part.image_url.url),
        detail: part.image_url.detail ?? undefined,
        ...said(part, at),
      };
    case 'input_audio':
      return {
        type: 'audio',
        source: {
          data: part.input_audio.data,
          mediaType: part.input_audio.format === 'mp3' ? 'audio/mpeg' : 'audio/wav',
        },
        at,
      };
    case 'file':
      return {
        type: 'file',
        source: readFileSource(part.file, at),
        name: part.file.filename ?? undefined,
        ...said(part, at),
      };
  }
}

function readFileSource(file: Extract<UserContent, { type: 'file' }>['file'], at: string) {
  if (file.file_id) return { fileId: file.file_id, vendor: 'openai' } as const;
  if (!file.file_data) throw DialectError.at(`${at}/file`, 'must have file_data or file_id');
  const source = sourceOf(file.file_data);
  return 'data' in source ? source : { data: file.file_data, mediaType: 'application/pdf' };
}

function readAssistant(message: MessageOf<'assistant'>, at: string): AssistantPart[] {
  return [
    ...readReasoning(message as JsonObject, ofCaller, at),
    ...readAssistantContent(message.content ?? [], `${at}/content`),
    ...(message.refusal ? [{ type: 'refusal', text: message.refusal, at: `${at}/refusal` } as const] : []),
    ...(message.tool_calls ?? []).flatMap((call, index) =>
      call ? [readCall(call, `${at}/tool_calls/${index}`)] : [],
    ),
  ];
}

function readAssistantContent(
  content: NonNullable<MessageOf<'assistant'>['content']>,
  at: string,
): AssistantPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content, at }];
  return content.flatMap((part, index): AssistantPart[] => {
    if (part?.type === 'text') return [readText(part, `${at}/${index}`)];
    return part ? [{ type: 'refusal', text: part.refusal, at: `${at}/${index}` }] : [];
  });
}

function readCall(
  call: NonNullable<NonNullable<MessageOf<'assistant'>['tool_calls']>[number]>,
  at: string,
): ToolCallPart {
  const { id, signature } = recoverCallId(call.id);
  return {
    type: 'tool_call',
    id,
    name: call.function.name,
    arguments: parseArgumentsOf(call.function.arguments, `${at}/function/arguments`),
    signature: signature ?? call.extra_content?.google.thought_signature,
    at,
  };
}

function readToolResult(message: MessageOf<'tool'>, at: string): ToolResultPart {
  return {
    type: 'tool_result',
    callId: recoverCallId(message.tool_call_id).id,
    name: message.name ?? undefined,
    parts: readTexts(message.content, `${at}/content`),
    at,
  };
}

function readTools(tools: NonNullable<RequestBody['tools']>): ToolDefinition[] {
  return tools.flatMap((tool, index) => (tool ? [readFunction(tool.function, index)] : []));
}

function readToolChoice(choice: RequestBody['tool_choice']): ToolChoice | undefined {
  if (!choice) return undefined;
  if (typeof choice === 'string') return { mode: choice };
  if (choice.type === 'function') return { mode: 'required', only: [choice.function.name] };
  const { mode, tools } = choice.allowed_tools;
  return { mode, only: tools.flatMap((tool) => (tool ? [tool.function.name] : [])) };
}

function readOutputFormat(format: RequestBody['response_format']): OutputFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json' };
  return readJsonSchema(format.json_schema);
}

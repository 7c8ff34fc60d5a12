import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  FilePart,
  ImagePart,
  OutputFormat,
  ReasoningPart,
  Said,
  Source,
  TextPart,
  ToolCallPart,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
} from '../chat.js';
import { DialectError } from '../dialect.js';
import type { JsonObject } from '../../../wire/json.js';
import { readFunction, readJsonSchema } from '../openai-forms.js';
import { readBody } from '../read-body.js';
import { recoverCallId, recoverReasoning } from '../signatures.js';
import { sourceOf } from '../sources.js';
import { parseArgumentsOf } from '../tool-arguments.js';
import { addToolResult } from '../tool-results.js';
import {
  requestSchema,
  type Content,
  type Input,
  type Item,
  type ItemOf,
  type MessageContent,
  type RequestBody,
} from './request-schema.js';

const POINTERS = {
  toolChoice: '/tool_choice',
  parallelToolCalls: '/parallel_tool_calls',
  maxOutputTokens: '/max_output_tokens',
  topP: '/top_p',
  outputFormat: '/text/format',
  topLogprobs: '/top_logprobs',
} as const;

/** What OpenAI keeps, or does when nobody waits for it. */
const KEPT = new Set(['/previous_response_id', '/conversation', '/prompt', '/background']);

const LOGPROBS = 'message.output_text.logprobs';

/** @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { value, unread } = readBody(requestSchema, body, path.model);
  const { instructions } = value;
  const wantsLogprobs = value.include?.includes(LOGPROBS) || (value.top_logprobs ?? 0) > 0;
  return {
    model: value.model,
    stream: value.stream ?? path.stream ?? false,
    ...readInput(
      value.input,
      instructions ? [{ type: 'text', text: instructions, at: '/instructions' }] : [],
    ),
    tools: readTools(value.tools ?? []),
    toolChoice: readToolChoice(value.tool_choice),
    parallelToolCalls: value.parallel_tool_calls ?? undefined,
    maxOutputTokens: value.max_output_tokens ?? undefined,
    temperature: value.temperature ?? undefined,
    topP: value.top_p ?? undefined,
    topLogprobs: wantsLogprobs ? (value.top_logprobs ?? 0) : undefined,
    outputFormat: readOutputFormat(value.text?.format),
    reasoning: readReasoningOptions(value.reasoning),
    user: value.user ?? value.safety_identifier ?? undefined,
    metadata: value.metadata ?? undefined,
    unconverted: unread,
    indispensable: unread.filter((pointer) => KEPT.has(pointer) || isReference(body, pointer)),
    pointers: POINTERS,
  };
}

/** An item that stands for one that OpenAI keeps. */
function isReference({ input }: JsonObject, pointer: string): boolean {
  const [, index] = /^\/input\/(\d+)$/.exec(pointer) ?? [];
  const item = index === undefined ? undefined : (input as readonly JsonObject[])[Number(index)];
  return item !== undefined && (item.type === 'item_reference' || !item.type);
}

/** Instructions before the first other item are those of the whole conversation. */
function readInput(
  input: RequestBody['input'],
  given: readonly TextPart[],
): Pick<ChatRequest, 'instructions' | 'messages'> {
  const instructions = [...given];
  const messages: ChatMessage[] = [];
  if (typeof input === 'string') {
    return {
      instructions,
      messages: [{ role: 'user', parts: [{ type: 'text', text: input, at: '/input' }] }],
    };
  }
  input.forEach((item, index) => {
    if (!item) return;
    const at = `/input/${index}`;
    if (item.type === 'function_call_output') return addToolResult(messages, readResult(item, at));
    if (item.type !== 'message' || item.role === 'assistant')
      return addAssistant(messages, readAssistant(item, at));
    if (item.role === 'user')
      return messages.push({ role: 'user', parts: readInputs(item.content, `${at}/content`) });
    const parts = readInputs(item.content, `${at}/content`).filter((part) => part.type === 'text');
    if (messages.length === 0) instructions.push(...parts);
    else messages.push({ role: 'system', parts });
  });
  return { instructions, messages };
}

/** What the model says in one turn are several items here. */
function addAssistant(messages: ChatMessage[], parts: readonly AssistantPart[]): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') messages.push({ role: 'assistant', parts: [...parts] });
  // Which was made here. To copy it each time would take the square of the time.
  else for (const part of parts) (last.parts as AssistantPart[]).push(part);
}

function readAssistant(item: Exclude<Item, { type: 'function_call_output' }>, at: string): AssistantPart[] {
  switch (item.type) {
    case 'message':
      return readAssistantContent(item.content, `${at}/content`);
    case 'function_call':
      return [readCall(item, at)];
    case 'reasoning':
      return readReasoning(item, at);
  }
}

function readAssistantContent(content: MessageContent, at: string): AssistantPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  return content.flatMap((part, index): AssistantPart[] => {
    if (part?.type === 'refusal') return [{ type: 'refusal', text: part.refusal, at: `${at}/${index}` }];
    return part && 'text' in part ? [{ type: 'text', text: part.text, at: `${at}/${index}` }] : [];
  });
}

function readCall(item: ItemOf<'function_call'>, at: string): ToolCallPart {
  return {
    type: 'tool_call',
    name: item.name,
    arguments: parseArgumentsOf(item.arguments, `${at}/arguments`),
    ...recoverCallId(item.call_id),
    at,
  };
}

function readReasoning(item: ItemOf<'reasoning'>, at: string): ReasoningPart[] {
  const texts = [...item.summary, ...(item.content ?? [])].flatMap((part) => (part ? [part.text] : []));
  const signed = recoverReasoning(item.encrypted_content ?? undefined, 'openai_responses');
  return [{ type: 'reasoning', text: texts.join('\n\n'), ...signed, at }];
}

function readResult(item: ItemOf<'function_call_output'>, at: string): ToolResultPart {
  return {
    type: 'tool_result',
    callId: recoverCallId(item.call_id).id,
    parts: readInputs(item.output, `${at}/output`),
    at,
  };
}

function readInputs(content: MessageContent, at: string): (TextPart | ImagePart | FilePart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  return content.flatMap((part, index) => (part ? [readContent(part, `${at}/${index}`)] : []));
}

function readContent(part: Content, at: string): TextPart | ImagePart | FilePart {
  switch (part.type) {
    case 'input_image':
      return {
        type: 'image',
        source: readSource(part, at),
        detail: part.detail ?? undefined,
        ...said(part, at),
      };
    case 'input_file':
      return {
        type: 'file',
        source: readSource(part, at),
        name: part.filename ?? undefined,
        ...said(part, at),
      };
    case 'refusal':
      return { type: 'text', text: part.refusal, at };
    case 'output_text':
      return { type: 'text', text: part.text, at };
    case 'input_text':
      return { type: 'text', text: part.text, ...said(part, at) };
  }
}

function said(part: Input, at: string): Said {
  return { at, cacheHint: part.prompt_cache_breakpoint ? {} : undefined };
}

function readSource(part: Extract<Input, { type: 'input_image' | 'input_file' }>, at: string): Source {
  if (part.file_id) return { fileId: part.file_id, vendor: 'openai' };
  if (part.type === 'input_file' && part.file_data) {
    const source = sourceOf(part.file_data);
    return 'data' in source ? source : { data: part.file_data, mediaType: 'application/pdf' };
  }
  const url = part.type === 'input_image' ? part.image_url : part.file_url;
  if (url) return sourceOf(url);
  const members = part.type === 'input_image' ? 'image_url or file_id' : 'file_data, file_url or file_id';
  throw DialectError.at(at, `must have ${members}`);
}

function readTools(tools: NonNullable<RequestBody['tools']>): ToolDefinition[] {
  return tools.flatMap((tool, index) => (tool ? [readFunction(tool, index)] : []));
}

function readToolChoice(choice: RequestBody['tool_choice']): ToolChoice | undefined {
  if (!choice) return undefined;
  if (typeof choice === 'string') return { mode: choice };
  if (choice.type === 'function') return { mode: 'required', only: [choice.name] };
  return { mode: choice.mode, only: choice.tools.flatMap((tool) => (tool ? [tool.name] : [])) };
}

function readOutputFormat(format: NonNullable<RequestBody['text']>['format']): OutputFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json' };
  return readJsonSchema(format);
}

function readReasoningOptions(options: RequestBody['reasoning']): ChatRequest['reasoning'] {
  if (!options) return undefined;
  const { effort, summary, generate_summary: older } = options;
  return { effort: effort ?? undefined, shown: summary || older ? true : undefined };
}

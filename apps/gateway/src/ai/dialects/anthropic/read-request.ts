import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  FilePart,
  ImagePart,
  Reasoning,
  Said,
  Source,
  TextPart,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
} from '../chat.js';
import type { JsonObject } from '../../../wire/json.js';
import { readBody } from '../read-body.js';
import { recoverCallId, recoverSignature } from '../signatures.js';
import { addToolResult } from '../tool-results.js';
import {
  requestSchema,
  type AssistantBlock,
  type MediaBlock,
  type RequestBody,
  type ResultBlock,
  type Texts,
  type UserBlock,
} from './request-schema.js';

const POINTERS = {
  toolChoice: '/tool_choice',
  parallelToolCalls: '/tool_choice/disable_parallel_tool_use',
  maxOutputTokens: '/max_tokens',
  topP: '/top_p',
  topK: '/top_k',
  stop: '/stop_sequences',
  outputFormat: '/output_config/format',
  reasoning: '/thinking',
  user: '/metadata/user_id',
} as const;

/** @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { value, unread } = readBody(requestSchema, body, path.model);
  const format = value.output_config?.format;
  return {
    model: value.model,
    stream: value.stream ?? path.stream ?? false,
    instructions: readTexts(value.system ?? [], '/system'),
    messages: readMessages(value.messages),
    tools: readTools(value.tools ?? []),
    toolChoice: readToolChoice(value.tool_choice),
    parallelToolCalls: readParallel(value.tool_choice),
    maxOutputTokens: value.max_tokens,
    temperature: value.temperature ?? undefined,
    topP: value.top_p ?? undefined,
    topK: value.top_k ?? undefined,
    stop: value.stop_sequences ?? undefined,
    outputFormat: format ? { type: 'json_schema', schema: format.schema } : undefined,
    reasoning: readReasoning(value),
    user: value.metadata?.user_id ?? undefined,
    unconverted: unread,
    pointers: POINTERS,
  };
}

function readMessages(messages: RequestBody['messages']): ChatMessage[] {
  const read: ChatMessage[] = [];
  messages.forEach((message, index) => {
    const at = `/messages/${index}/content`;
    if (message?.role === 'system') read.push({ role: 'system', parts: readTexts(message.content, at) });
    if (message?.role === 'user') readUser(message.content, at, read);
    if (message?.role === 'assistant')
      read.push({ role: 'assistant', parts: readAssistant(message.content, at) });
  });
  return read;
}

function said({ cache_control: cache }: Pick<ResultBlock, 'cache_control'>, at: string): Said {
  return { at, cacheHint: cache ? { ttl: cache.ttl ?? undefined } : undefined };
}

function readTexts(content: Texts, at: string): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  return content.flatMap((block, index) =>
    block ? [{ type: 'text', text: block.text, ...said(block, `${at}/${index}`) }] : [],
  );
}

/** Results of tools are said within a message of the user, here. */
function readUser(content: string | (UserBlock | undefined)[], at: string, messages: ChatMessage[]): void {
  if (typeof content === 'string') {
    messages.push({ role: 'user', parts: readTexts(content, at) });
    return;
  }
  let parts: (TextPart | ImagePart | FilePart)[] | undefined;
  content.forEach((block, index) => {
    if (!block) return;
    if (block.type === 'tool_result') {
      parts = undefined;
      return addToolResult(messages, readResult(block, `${at}/${index}`));
    }
    if (!parts) messages.push({ role: 'user', parts: (parts = []) });
    parts.push(...readPart(block, `${at}/${index}`));
  });
}

function readPart(block: Exclude<UserBlock, ResultBlock>, at: string): (TextPart | ImagePart | FilePart)[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text, ...said(block, at) }];
  const source = readSource(block.source);
  if (!source) return [];
  if (block.type === 'image') return [{ type: 'image', source, ...said(block, at) }];
  return [{ type: 'file', source, name: block.title ?? undefined, ...said(block, at) }];
}

function readSource(source: MediaBlock['source']): Source | undefined {
  switch (source?.type) {
    case 'base64':
      return { data: source.data, mediaType: source.media_type };
    case 'text':
      return { data: Buffer.from(source.data).toString('base64'), mediaType: source.media_type };
    case 'url':
      return { url: source.url };
    case 'file':
      return { fileId: source.file_id, vendor: 'anthropic' };
    default:
      return undefined;
  }
}

function readResult(block: ResultBlock, at: string): ToolResultPart {
  const content = block.content ?? [];
  return {
    type: 'tool_result',
    callId: recoverCallId(block.tool_use_id).id,
    parts:
      typeof content === 'string'
        ? readTexts(content, `${at}/content`)
        : content.flatMap((part, index) => (part ? readPart(part, `${at}/content/${index}`) : [])),
    isError: block.is_error ?? undefined,
    ...said(block, at),
  };
}

function readAssistant(content: string | (AssistantBlock | undefined)[], at: string): AssistantPart[] {
  if (typeof content === 'string') return readTexts(content, at);
  return content.flatMap((block, index) => (block ? [readAssistantBlock(block, `${at}/${index}`)] : []));
}

function readAssistantBlock(block: AssistantBlock, at: string): AssistantPart {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, ...said(block, at) };
    case 'tool_use':
      return {
        type: 'tool_call',
        name: block.name,
        arguments: block.input,
        ...recoverCallId(block.id),
        ...said(block, at),
      };
    case 'thinking':
      return {
        type: 'reasoning',
        text: block.thinking,
        ...recoverSignature(block.signature, 'anthropic'),
        at,
      };
    case 'redacted_thinking':
      return {
        type: 'reasoning',
        text: '',
        redacted: true,
        ...recoverSignature(block.data, 'anthropic'),
        at,
      };
  }
}

function readTools(tools: NonNullable<RequestBody['tools']>): ToolDefinition[] {
  return tools.flatMap((tool, index) => {
    if (!tool) return [];
    const { name, description, input_schema: parameters, strict } = tool;
    return [
      {
        name,
        description: description ?? undefined,
        parameters,
        strict: strict ?? undefined,
        ...said(tool, `/tools/${index}`),
      },
    ];
  });
}

function readToolChoice(choice: RequestBody['tool_choice']): ToolChoice | undefined {
  switch (choice?.type) {
    case 'auto':
    case 'none':
      return { mode: choice.type };
    case 'any':
      return { mode: 'required' };
    case 'tool':
      return { mode: 'required', only: [choice.name] };
    default:
      return undefined;
  }
}

function readParallel(choice: RequestBody['tool_choice']): boolean | undefined {
  if (!choice || choice.type === 'none' || typeof choice.disable_parallel_tool_use !== 'boolean')
    return undefined;
  return !choice.disable_parallel_tool_use;
}

function readReasoning({ thinking, output_config: output }: RequestBody): Reasoning | undefined {
  const effort = output?.effort ?? undefined;
  switch (thinking?.type) {
    case 'disabled':
      return { effort: 'none' };
    case 'adaptive':
      return { effort, shown: thinking.display !== 'omitted' };
    case 'enabled':
      return { effort, budgetTokens: thinking.budget_tokens, shown: thinking.display !== 'omitted' };
    default:
      return effort ? { effort } : undefined;
  }
}

import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  FilePart,
  ImagePart,
  ReasoningPart,
  Said,
  TextPart,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { closedSchema } from '../closed-schema.js';
import { DialectError, type WrittenRequest } from '../dialect.js';
import type { JsonObject } from '../../../wire/json.js';
import { joinedMessages } from '../joined-messages.js';
import { Losses, refuseCandidates } from '../losses.js';
import { namedTools } from '../named-tools.js';
import { outputSchema } from '../output-schema.js';
import { UNKNOWN_ID } from '../sources.js';
import { writeThinking } from './thinking.js';

/** @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  refuseCandidates(request);
  const losses = new Losses(request);
  const messages = writeMessages(request.messages, losses);
  const thinking = writeThinking(request, losses);
  const body: JsonObject = {
    model: request.model,
    ...thinking,
    messages,
    system: writeSystem(request, losses),
    stream: request.stream || undefined,
    ...writeSampling(
      request,
      thinking.thinking?.type === 'enabled' || thinking.thinking?.type === 'adaptive',
      losses,
    ),
    stop_sequences: writeStops(request, losses),
    tools: writeTools(request),
    tool_choice: writeToolChoice(request),
    output_config: writeOutputConfig(request, thinking.output_config, losses),
    metadata: request.user === undefined ? undefined : { user_id: request.user },
  };
  losses.drop('seed', 'topLogprobs');
  if (request.frequencyPenalty) losses.drop('frequencyPenalty');
  if (request.presencePenalty) losses.drop('presencePenalty');
  losses.ignore('metadata');
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

/** Older models take no instructions between messages: there they join those of the whole conversation. */
function writeSystem({ instructions, messages }: ChatRequest, losses: Losses): JsonObject[] | undefined {
  const later = messages.flatMap((message) => (message.role === 'system' ? message.parts : []));
  for (const part of later) losses.ignorePart(part);
  const blocks = [...instructions, ...later].flatMap(writeText);
  return blocks.length > 0 ? blocks : undefined;
}

/** A model that thinks takes no other temperature than its own, and of `top_p` only the highest. */
function writeSampling(request: ChatRequest, thinks: boolean, losses: Losses): JsonObject {
  const { temperature, topP, topK } = request;
  if (temperature !== undefined && (thinks ? temperature !== 1 : temperature > 1)) losses.drop('temperature');
  if (thinks) losses.drop('topK');
  if (thinks && topP !== undefined && topP < 0.95) losses.drop('topP');
  return {
    temperature: thinks || temperature === undefined ? undefined : Math.min(temperature, 1),
    top_p: thinks && topP !== undefined && topP < 0.95 ? undefined : topP,
    top_k: thinks ? undefined : topK,
  };
}

function writeStops({ stop }: ChatRequest, losses: Losses): string[] | undefined {
  const visible = stop?.filter((text) => text.trim() !== '');
  if (visible?.length !== stop?.length) losses.drop('stop');
  return visible;
}

function writeMessages(messages: readonly ChatMessage[], losses: Losses): JsonObject[] {
  return joinedMessages(
    messages,
    (message) => writeParts(message, losses),
    ({ type }) => type === 'tool_result',
  );
}

function writeParts(message: Exclude<ChatMessage, { role: 'system' }>, losses: Losses): JsonObject[] {
  switch (message.role) {
    case 'user':
      return message.parts.flatMap((part) => writeUserPart(part, losses));
    case 'assistant':
      return message.parts.flatMap((part) => writeAssistantPart(part, losses));
    case 'tool':
      return message.parts.map((part) => writeResult(part, losses));
  }
}

function cacheMark({ cacheHint }: Said): JsonObject {
  return cacheHint ? { cache_control: { type: 'ephemeral', ttl: cacheHint.ttl } } : {};
}

/** A block without text is refused. */
function writeText(part: TextPart): JsonObject[] {
  return part.text === '' ? [] : [{ type: 'text', text: part.text, ...cacheMark(part) }];
}

function writeUserPart(part: UserPart, losses: Losses): JsonObject[] {
  switch (part.type) {
    case 'text':
      return writeText(part);
    case 'image':
      return [writeImage(part, losses)];
    case 'file':
      return [{ type: 'document', source: writeDocument(part), title: part.name, ...cacheMark(part) }];
    case 'audio':
      throw DialectError.at(part.at, 'must not be audio: this provider does not listen');
  }
}

function writeImage(part: ImagePart, losses: Losses): JsonObject {
  if (part.detail && part.detail !== 'auto') losses.ignorePart(part);
  return { type: 'image', source: writeSource(part), ...cacheMark(part) };
}

function writeDocument(part: FilePart): JsonObject {
  const { source, at } = part;
  if (!('data' in source) || source.mediaType === 'application/pdf') return writeSource(part);
  if (source.mediaType.startsWith('text/')) {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString() };
  }
  throw DialectError.at(at, 'must be PDF or text for this provider');
}

function writeSource({ source, at }: ImagePart | FilePart): JsonObject {
  if ('data' in source) return { type: 'base64', media_type: source.mediaType, data: source.data };
  if ('url' in source) return { type: 'url', url: source.url };
  if (source.vendor === 'anthropic') return { type: 'file', file_id: source.fileId };
  throw DialectError.at(at, UNKNOWN_ID);
}

function writeAssistantPart(part: AssistantPart, losses: Losses): JsonObject[] {
  switch (part.type) {
    case 'text':
      return writeText(part);
    case 'refusal':
      return [{ type: 'text', text: part.text }];
    case 'tool_call':
      return [
        { type: 'tool_use', id: callId(part.id), name: part.name, input: part.arguments, ...cacheMark(part) },
      ];
    case 'reasoning':
      return writeReasoning(part, losses);
  }
}

function writeReasoning(part: ReasoningPart, losses: Losses): JsonObject[] {
  if (part.by !== 'anthropic' || part.signature === undefined) {
    losses.ignorePart(part);
    return [];
  }
  if (part.redacted) return [{ type: 'redacted_thinking', data: part.signature }];
  return [{ type: 'thinking', thinking: part.text, signature: part.signature }];
}

/** Ids of other providers may have characters that Anthropic refuses. */
function callId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}

function writeResult(part: ToolResultPart, losses: Losses): JsonObject {
  const content = part.parts.flatMap((content) => writeUserPart(content, losses));
  return {
    type: 'tool_result',
    tool_use_id: callId(part.callId),
    content: content.length > 0 ? content : undefined,
    is_error: part.isError,
    ...cacheMark(part),
  };
}

/** Where a choice is among several tools, the others are not shown. */
function writeTools({ tools, toolChoice }: ChatRequest): JsonObject[] | undefined {
  const only = toolChoice && 'only' in toolChoice ? toolChoice.only : undefined;
  const shown = only && only.length !== 1 ? namedTools(tools, only) : tools;
  return shown.length > 0 ? shown.map(writeTool) : undefined;
}

function writeTool(tool: ToolDefinition): JsonObject {
  const { name, description, parameters, strict } = tool;
  const schema = { type: 'object', ...(parameters ?? { properties: {} }) };
  return { name, description, input_schema: schema, strict, ...cacheMark(tool) };
}

function writeToolChoice({ toolChoice, parallelToolCalls, tools }: ChatRequest): JsonObject | undefined {
  if (tools.length === 0) return undefined;
  const parallel = {
    disable_parallel_tool_use: parallelToolCalls === undefined ? undefined : !parallelToolCalls,
  };
  if (!toolChoice) return parallelToolCalls === undefined ? undefined : { type: 'auto', ...parallel };
  if (toolChoice.mode === 'none') return { type: 'none' };
  if (toolChoice.mode === 'auto') return { type: 'auto', ...parallel };
  const [name, ...others] = 'only' in toolChoice ? toolChoice.only : [];
  return name !== undefined && others.length === 0
    ? { type: 'tool', name, ...parallel }
    : { type: 'any', ...parallel };
}

function writeOutputConfig(
  request: ChatRequest,
  effort: JsonObject | undefined,
  losses: Losses,
): JsonObject | undefined {
  const { outputFormat } = request;
  if (outputFormat?.type === 'json') losses.drop('outputFormat');
  if (outputFormat?.type !== 'json_schema') return effort;
  return { ...effort, format: { type: 'json_schema', schema: closedSchema(outputSchema(outputFormat)) } };
}

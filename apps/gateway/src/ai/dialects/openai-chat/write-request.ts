import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  OutputFormat,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError, type WrittenRequest } from '../dialect.js';
import { effortOf } from '../efforts.js';
import type { JsonObject } from '../../../wire/json.js';
import { Losses } from '../losses.js';
import { dataUrl } from '../sources.js';
import { writeReasoning } from './reasoning.js';

/** @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  const losses = new Losses(request);
  losses.drop('topK');
  if (request.reasoning?.shown) losses.ignore('reasoning');
  const body: JsonObject = {
    model: request.model,
    messages: writeMessages(request, losses),
    stream: request.stream || undefined,
    // What a call costs is known by its usage alone, whether its caller asked for it or not.
    stream_options: request.stream ? { include_usage: true } : undefined,
    max_completion_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    seed: request.seed,
    stop: request.stop,
    n: request.candidates,
    logprobs: request.topLogprobs === undefined ? undefined : true,
    top_logprobs: request.topLogprobs,
    tools: request.tools.length > 0 ? request.tools.map((tool) => writeTool(tool, losses)) : undefined,
    tool_choice: writeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    response_format: writeOutputFormat(request.outputFormat),
    reasoning_effort: writeEffort(request, losses),
    user: request.user,
    metadata: request.metadata,
  };
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

function writeEffort({ reasoning }: ChatRequest, losses: Losses): string | undefined {
  if (reasoning?.effort !== undefined || reasoning?.budgetTokens === undefined) return reasoning?.effort;
  if (reasoning.budgetTokens > 0) losses.ignore('reasoning');
  return effortOf(reasoning.budgetTokens);
}

function writeMessages(request: ChatRequest, losses: Losses): JsonObject[] {
  const messages = request.messages.flatMap((message) => writeMessage(message, losses));
  if (request.instructions.length === 0) return messages;
  return [{ role: 'system', content: writeTexts(request.instructions, losses) }, ...messages];
}

function writeMessage(message: ChatMessage, losses: Losses): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: writeTexts(message.parts, losses) }];
    case 'user':
      return [writeUser(message.parts, losses)];
    case 'assistant':
      return [writeAssistant(message.parts, losses)];
    case 'tool':
      return writeToolResults(message.parts, losses);
  }
}

/** One text, since many servers of this dialect take no list. */
function writeTexts(parts: readonly TextPart[], losses: Losses, between = '\n\n'): string {
  for (const part of parts) ignoreCacheHint(part, losses);
  return parts.map(({ text }) => text).join(between);
}

function ignoreCacheHint(
  part: UserPart | ToolDefinition | ToolResultPart | AssistantPart,
  losses: Losses,
): void {
  if (part.cacheHint) losses.ignorePart(part, '/cache_control');
}

function writeUser(parts: readonly UserPart[], losses: Losses): JsonObject {
  if (parts.every((part) => part.type === 'text'))
    return { role: 'user', content: writeTexts(parts, losses) };
  return { role: 'user', content: parts.map((part) => writeUserPart(part, losses)) };
}

function writeUserPart(part: UserPart, losses: Losses): JsonObject {
  ignoreCacheHint(part, losses);
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image_url', image_url: { url: writeImageUrl(part), detail: part.detail } };
    case 'audio':
      return { type: 'input_audio', input_audio: writeAudio(part) };
    case 'file':
      return writeFile(part);
  }
}

function writeImageUrl({ source, at }: Extract<UserPart, { type: 'image' }>): string {
  if ('url' in source) return source.url;
  if ('data' in source) return dataUrl(source);
  throw DialectError.at(at, 'must be an image’s bytes or its address: this provider has no images by id');
}

const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
]);

function writeAudio({ source, at }: Extract<UserPart, { type: 'audio' }>): JsonObject {
  const format = 'data' in source ? AUDIO_FORMATS.get(source.mediaType) : undefined;
  if ('data' in source && format) return { data: source.data, format };
  throw DialectError.at(at, 'must be the bytes of a WAV or MP3 file for this provider');
}

/** Of files, OpenAI's chat API reads PDF; what is text can be said as such. */
function writeFile({ source, name, at }: Extract<UserPart, { type: 'file' }>): JsonObject {
  if ('data' in source) {
    if (source.mediaType.startsWith('text/'))
      return { type: 'text', text: Buffer.from(source.data, 'base64').toString() };
    return { type: 'file', file: { filename: name ?? 'file', file_data: dataUrl(source) } };
  }
  if ('fileId' in source && source.vendor === 'openai') {
    return { type: 'file', file: { file_id: source.fileId, filename: name } };
  }
  throw DialectError.at(at, 'must be a file’s bytes: this provider cannot fetch it');
}

function writeAssistant(parts: readonly AssistantPart[], losses: Losses): JsonObject {
  const calls = parts.filter((part) => part.type === 'tool_call');
  const refusals = parts.filter((part) => part.type === 'refusal');
  const content = writeTexts(
    parts.filter((part) => part.type === 'text'),
    losses,
    '',
  );
  for (const call of calls) ignoreCacheHint(call, losses);
  return {
    role: 'assistant',
    content: content === '' && calls.length + refusals.length > 0 ? null : content,
    refusal: refusals.length > 0 ? refusals.map(({ text }) => text).join('') : undefined,
    ...writeReasoning(ownReasoning(parts, losses)),
    tool_calls: calls.length > 0 ? calls.map(writeCall) : undefined,
  };
}

function ownReasoning(parts: readonly AssistantPart[], losses: Losses): ReasoningPart[] {
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  for (const part of reasoning) if (part.by !== 'openai') losses.ignorePart(part);
  return reasoning.filter(({ by }) => by === 'openai');
}

function writeCall({ id, name, arguments: args }: ToolCallPart): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}

/** A tool message holds text alone: images and files follow, in a message of the user. */
function writeToolResults(results: readonly ToolResultPart[], losses: Losses): JsonObject[] {
  const media: UserPart[] = [];
  const messages = results.map((result) => {
    ignoreCacheHint(result, losses);
    if (result.isError) losses.ignorePart(result, '/is_error');
    const files = result.parts.filter((part) => part.type !== 'text');
    if (files.length > 0)
      media.push({ type: 'text', text: `What the call ${result.callId} returned:` }, ...files);
    const content = writeTexts(
      result.parts.filter((part) => part.type === 'text'),
      losses,
    );
    return { role: 'tool', tool_call_id: result.callId, content };
  });
  return media.length > 0 ? [...messages, writeUser(media, losses)] : messages;
}

function writeTool(tool: ToolDefinition, losses: Losses): JsonObject {
  ignoreCacheHint(tool, losses);
  const { name, description, parameters, strict } = tool;
  return { type: 'function', function: { name, description, parameters, strict } };
}

function writeToolChoice(choice: ToolChoice | undefined): JsonObject | string | undefined {
  if (!choice || !('only' in choice)) return choice?.mode;
  const tools = choice.only.map((name) => ({ type: 'function', function: { name } }));
  if (choice.mode === 'required' && tools.length === 1) return tools[0];
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } };
}

function writeOutputFormat(format: OutputFormat | undefined): JsonObject | undefined {
  if (!format) return undefined;
  if (format.type === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, description, schema, strict } };
}

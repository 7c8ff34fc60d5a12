import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  FilePart,
  ImagePart,
  OutputFormat,
  ReasoningPart,
  Said,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError, type WrittenRequest } from '../dialect.js';
import { effortOf } from '../efforts.js';
import type { JsonObject } from '../../../wire/json.js';
import { Losses, refuseCandidates } from '../losses.js';
import { dataUrl, UNKNOWN_ID } from '../sources.js';

/** @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  refuseCandidates(request);
  const losses = new Losses(request);
  const body: JsonObject = {
    model: request.model,
    instructions: writeInstructions(request, losses),
    input: request.messages.flatMap((message) => writeMessage(message, losses)),
    stream: request.stream || undefined,
    // What callers of other dialects say is said in whole each time; nobody could ask for what is kept.
    store: false,
    include: writeInclude(request),
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.topLogprobs,
    tools:
      request.tools.length > 0
        ? request.tools.map((tool) => noted(tool, losses, writeTool(tool)))
        : undefined,
    tool_choice: writeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    text: request.outputFormat && { format: writeOutputFormat(request.outputFormat) },
    reasoning: writeReasoningOptions(request, losses),
    user: request.user,
    metadata: request.metadata,
  };
  losses.drop('topK', 'seed', 'stop');
  if (request.frequencyPenalty) losses.drop('frequencyPenalty');
  if (request.presencePenalty) losses.drop('presencePenalty');
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

function writeInstructions({ instructions }: ChatRequest, losses: Losses): string | undefined {
  for (const part of instructions) ignoreCacheHint(part, losses);
  return instructions.length > 0 ? instructions.map(({ text }) => text).join('\n\n') : undefined;
}

/** Models that reason give it away encrypted where nothing is kept, to be given it back. */
function writeInclude({ reasoning, topLogprobs }: ChatRequest): string[] | undefined {
  const reasons = reasoning !== undefined && reasoning.effort !== 'none' && reasoning.budgetTokens !== 0;
  const include = [
    ...(reasons ? ['reasoning.encrypted_content'] : []),
    ...(topLogprobs === undefined ? [] : ['message.output_text.logprobs']),
  ];
  return include.length > 0 ? include : undefined;
}

function writeReasoningOptions({ reasoning }: ChatRequest, losses: Losses): JsonObject | undefined {
  if (!reasoning) return undefined;
  const { effort, budgetTokens, shown } = reasoning;
  if (effort === undefined && budgetTokens) losses.ignore('reasoning');
  return {
    effort: effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens)),
    summary: shown ? 'auto' : undefined,
  };
}

function ignoreCacheHint(part: Said, losses: Losses): void {
  if (part.cacheHint) losses.ignorePart(part, '/cache_control');
}

function noted(part: Said, losses: Losses, written: JsonObject): JsonObject {
  ignoreCacheHint(part, losses);
  return written;
}

function writeMessage(message: ChatMessage, losses: Losses): JsonObject[] {
  switch (message.role) {
    case 'system':
    case 'user': {
      const content = message.parts.map((part) => noted(part, losses, writePart(part)));
      return content.length > 0 ? [{ type: 'message', role: message.role, content }] : [];
    }
    case 'assistant':
      return message.parts.flatMap((part) => writeAssistantPart(part, losses));
    case 'tool':
      return message.parts.map((part) => noted(part, losses, writeResult(part, losses)));
  }
}

function writePart(part: UserPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return { type: 'input_image', detail: part.detail ?? 'auto', ...writeImage(part) };
    case 'file':
      return { type: 'input_file', filename: part.name, ...writeFile(part) };
    case 'audio':
      throw DialectError.at(part.at, 'must not be audio: this provider does not listen');
  }
}

function writeImage({ source, at }: ImagePart): JsonObject {
  if ('data' in source) return { image_url: dataUrl(source) };
  if ('url' in source) return { image_url: source.url };
  return writeFileId(source, at);
}

function writeFile({ source, at, name }: FilePart): JsonObject {
  if ('data' in source) return { filename: name ?? 'file', file_data: dataUrl(source) };
  if ('url' in source) return { file_url: source.url };
  return writeFileId(source, at);
}

function writeFileId(
  { fileId, vendor }: { readonly fileId: string; readonly vendor: string },
  at?: string,
): JsonObject {
  if (vendor === 'openai') return { file_id: fileId };
  throw DialectError.at(at, UNKNOWN_ID);
}

function writeAssistantPart(part: AssistantPart, losses: Losses): JsonObject[] {
  ignoreCacheHint(part, losses);
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'message', role: 'assistant', content: part.text }];
    case 'tool_call':
      return [
        {
          type: 'function_call',
          call_id: part.id,
          name: part.name,
          arguments: JSON.stringify(part.arguments),
        },
      ];
    case 'reasoning':
      return writeReasoning(part, losses);
  }
}

/** Without its id, which is one of something that was not kept. */
function writeReasoning(part: ReasoningPart, losses: Losses): JsonObject[] {
  if (part.by !== 'openai_responses' || part.signature === undefined) {
    losses.ignorePart(part);
    return [];
  }
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
  return [{ type: 'reasoning', summary, encrypted_content: part.signature }];
}

function writeResult(part: ToolResultPart, losses: Losses): JsonObject {
  if (part.isError) losses.ignorePart(part, '/is_error');
  const texts = part.parts.filter((content) => content.type === 'text');
  const output =
    texts.length === part.parts.length
      ? texts.map((content) => noted(content, losses, { text: content.text }).text).join('\n\n')
      : part.parts.map((content) => noted(content, losses, writePart(content)));
  return { type: 'function_call_output', call_id: part.callId, output };
}

/** Here, strict is what a function is that does not say so. */
export function writeTool({ name, description, parameters, strict }: ToolDefinition): JsonObject {
  return { type: 'function', name, description, parameters: parameters ?? null, strict: strict ?? false };
}

export function writeToolChoice(choice: ToolChoice | undefined): JsonObject | string | undefined {
  if (!choice || !('only' in choice)) return choice?.mode;
  const tools = choice.only.map((name) => ({ type: 'function', name }));
  if (choice.mode === 'required' && tools.length === 1) return tools[0];
  return { type: 'allowed_tools', mode: choice.mode, tools };
}

export function writeOutputFormat(format: OutputFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, strict } = format;
  return { type: 'json_schema', name, description, schema, strict };
}

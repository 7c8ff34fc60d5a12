import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  OutputFormat,
  ReasoningPart,
  Said,
  ToolCallPart,
  ToolDefinition,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError, type WrittenRequest } from '../dialect.js';
import type { JsonObject } from '../../../wire/json.js';
import { Losses } from '../losses.js';
import { outputSchema } from '../output-schema.js';
import { writeFunctionResponse } from './function-response.js';
import { writeMedia } from './media.js';
import { writeThinking } from './thinking.js';

/**
 * What Google documents for calls that another model made, where Gemini 3 asks for a signature.
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const NO_SIGNATURE = 'skip_thought_signature_validator';

/** The model and whether to stream are said in the path. @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  const losses = new Losses(request);
  if (request.parallelToolCalls === false) losses.drop('parallelToolCalls');
  losses.ignore('user', 'metadata');
  const body: JsonObject = {
    contents: writeContents(request, losses),
    systemInstruction: writeSystem(request, losses),
    tools: writeTools(request.tools, losses),
    toolConfig: writeToolConfig(request),
    generationConfig: writeConfig(request, losses),
  };
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

function writeConfig(request: ChatRequest, losses: Losses): JsonObject | undefined {
  const config: JsonObject = {
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    candidateCount: request.candidates,
    stopSequences: request.stop,
    frequencyPenalty: request.frequencyPenalty,
    presencePenalty: request.presencePenalty,
    seed: request.seed,
    responseLogprobs: request.topLogprobs === undefined ? undefined : true,
    logprobs: request.topLogprobs || undefined,
    ...writeOutputFormat(request.outputFormat),
    thinkingConfig: writeThinking(request, losses),
  };
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
}

function writeOutputFormat(format: OutputFormat | undefined): JsonObject {
  if (!format) return {};
  const responseMimeType = 'application/json';
  return format.type === 'json'
    ? { responseMimeType }
    : { responseMimeType, responseJsonSchema: outputSchema(format) };
}

/** Gemini knows no instructions between messages: there they join those of the whole conversation. */
function writeSystem({ instructions, messages }: ChatRequest, losses: Losses): JsonObject | undefined {
  const later = messages.flatMap((message) => (message.role === 'system' ? message.parts : []));
  for (const part of later) losses.ignorePart(part);
  const parts = [...instructions, ...later].flatMap((part) => writeUserPart(part, losses));
  return parts.length > 0 ? { parts } : undefined;
}

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

function writeContents(request: ChatRequest, losses: Losses): JsonObject[] {
  const names = new Map<string, string>();
  const contents: Content[] = [];
  for (const message of request.messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = writeParts(message, request.model, names, losses);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) contents.push({ role, parts });
  }
  return contents.map(({ role, parts }) => ({ role, parts }));
}

function writeParts(
  message: Exclude<ChatMessage, { role: 'system' }>,
  model: string,
  names: Map<string, string>,
  losses: Losses,
): JsonObject[] {
  switch (message.role) {
    case 'user':
      return message.parts.flatMap((part) => writeUserPart(part, losses));
    case 'assistant':
      return writeAssistant(message.parts, model, names, losses);
    case 'tool':
      return message.parts.map((part) => writeResult(part, names, losses));
  }
}

function ignoreCacheHint(part: Said, losses: Losses): void {
  if (part.cacheHint) losses.ignorePart(part, '/cache_control');
}

function writeUserPart(part: UserPart, losses: Losses): JsonObject[] {
  ignoreCacheHint(part, losses);
  if (part.type === 'text') return part.text === '' ? [] : [{ text: part.text }];
  if (part.type === 'image' && part.detail && part.detail !== 'auto') losses.ignorePart(part);
  return [writeMedia(part)];
}

function writeAssistant(
  parts: readonly AssistantPart[],
  model: string,
  names: Map<string, string>,
  losses: Losses,
): JsonObject[] {
  const firstCall = parts.find((part) => part.type === 'tool_call');
  return parts.flatMap((part) => {
    ignoreCacheHint(part, losses);
    switch (part.type) {
      case 'text':
      case 'refusal':
        return part.text === '' ? [] : [{ text: part.text }];
      case 'reasoning':
        return writeReasoning(part, losses);
      case 'tool_call':
        names.set(part.id, part.name);
        return [writeCall(part, part === firstCall && /gemini-[3-9]/.test(model))];
    }
  });
}

function writeReasoning(part: ReasoningPart, losses: Losses): JsonObject[] {
  if (part.by === 'gemini') return [{ text: part.text, thought: true, thoughtSignature: part.signature }];
  losses.ignorePart(part);
  return [];
}

/** Of parallel calls, the first is the one that is signed. */
function writeCall(
  { id, name, arguments: args, signature }: ToolCallPart,
  mustBeSigned: boolean,
): JsonObject {
  const thoughtSignature = signature ?? (mustBeSigned ? NO_SIGNATURE : undefined);
  return { functionCall: { id, name, args }, thoughtSignature };
}

function writeResult(part: ToolResultPart, names: ReadonlyMap<string, string>, losses: Losses): JsonObject {
  ignoreCacheHint(part, losses);
  for (const content of part.parts) ignoreCacheHint(content, losses);
  const name = part.name ?? names.get(part.callId);
  if (name !== undefined) return { functionResponse: writeFunctionResponse(part, name) };
  throw DialectError.at(part.at, 'must be the result of a call that is among the messages');
}

function writeTools(tools: readonly ToolDefinition[], losses: Losses): JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  const functionDeclarations = tools.map((tool) => {
    ignoreCacheHint(tool, losses);
    if (tool.strict) losses.dropPart(tool, '/strict');
    return { name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters };
  });
  return [{ functionDeclarations }];
}

function writeToolConfig({ toolChoice }: ChatRequest): JsonObject | undefined {
  if (!toolChoice) return undefined;
  if (!('only' in toolChoice)) return { functionCallingConfig: { mode: MODES[toolChoice.mode] } };
  // Names are allowed beside these modes alone.
  const mode = toolChoice.mode === 'required' ? 'ANY' : 'VALIDATED';
  return { functionCallingConfig: { mode, allowedFunctionNames: toolChoice.only } };
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

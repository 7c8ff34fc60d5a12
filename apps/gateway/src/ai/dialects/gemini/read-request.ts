import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  OutputFormat,
  Reasoning,
  ToolChoice,
  ToolDefinition,
  UserPart,
} from '../chat.js';
import type { Effort } from '../efforts.js';
import type { JsonObject } from '../../../wire/json.js';
import { readBody } from '../read-body.js';
import { addToolResult } from '../tool-results.js';
import { CallIds } from '../call-ids.js';
import { camelCase } from './camel-case.js';
import { readFunctionResponse } from './function-response.js';
import { jsonSchemaOf } from './json-schema.js';
import { readMedia } from './media.js';
import { requestSchema, type GenerationConfig, type Part, type RequestBody } from './request-schema.js';
import { recoverThought } from './thought-signatures.js';

const CONFIG = '/generationConfig';

const POINTERS = {
  toolChoice: '/toolConfig/functionCallingConfig',
  maxOutputTokens: `${CONFIG}/maxOutputTokens`,
  temperature: `${CONFIG}/temperature`,
  topP: `${CONFIG}/topP`,
  topK: `${CONFIG}/topK`,
  frequencyPenalty: `${CONFIG}/frequencyPenalty`,
  presencePenalty: `${CONFIG}/presencePenalty`,
  seed: `${CONFIG}/seed`,
  stop: `${CONFIG}/stopSequences`,
  candidates: `${CONFIG}/candidateCount`,
  outputFormat: `${CONFIG}/responseMimeType`,
  reasoning: `${CONFIG}/thinkingConfig`,
  topLogprobs: `${CONFIG}/logprobs`,
} as const;

/** @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { value, unread } = readBody(requestSchema, { model: path.model, ...camelCase(body) });
  const config = value.generationConfig ?? {};
  return {
    model: value.model,
    stream: path.stream ?? false,
    instructions: (value.systemInstruction?.parts ?? []).flatMap(({ text }, index) =>
      text ? [{ type: 'text', text, at: `/systemInstruction/parts/${index}` }] : [],
    ),
    messages: readContents(value.contents, unread),
    tools: readTools(value.tools ?? []),
    toolChoice: readToolChoice(value.toolConfig?.functionCallingConfig),
    maxOutputTokens: config.maxOutputTokens ?? undefined,
    temperature: config.temperature ?? undefined,
    topP: config.topP ?? undefined,
    topK: config.topK ?? undefined,
    frequencyPenalty: config.frequencyPenalty ?? undefined,
    presencePenalty: config.presencePenalty ?? undefined,
    seed: config.seed ?? undefined,
    stop: config.stopSequences ?? undefined,
    candidates: config.candidateCount ?? undefined,
    outputFormat: readOutputFormat(config, unread),
    reasoning: readReasoning(config.thinkingConfig),
    topLogprobs: config.responseLogprobs ? (config.logprobs ?? 0) : undefined,
    unconverted: unread,
    indispensable: unread.filter((pointer) => pointer === '/cachedContent'),
    pointers: POINTERS,
  };
}

function readContents(contents: RequestBody['contents'], unread: string[]): ChatMessage[] {
  const ids = new CallIds();
  const messages: ChatMessage[] = [];
  contents.forEach(({ role, parts }, index) => {
    const at = `/contents/${index}/parts`;
    if (role !== 'model') return readUser(parts, at, ids, messages);
    const said = assistantParts(messages);
    parts.forEach((part, position) => {
      for (const piece of readModelPart(part, `${at}/${position}`, ids, unread)) addPiece(said, piece);
    });
  });
  return messages;
}

/** Of the turn of the model that goes on, or of one that begins. */
function assistantParts(messages: ChatMessage[]): AssistantPart[] {
  const last = messages.at(-1);
  // Which was made here. To copy it each time would take the square of the time.
  if (last?.role === 'assistant') return last.parts as AssistantPart[];
  const parts: AssistantPart[] = [];
  messages.push({ role: 'assistant', parts });
  return parts;
}

/** Clients send the pieces of a stream back as they came: texts that follow each other are one. */
function addPiece(parts: AssistantPart[], piece: AssistantPart): void {
  const last = parts.at(-1);
  if (last?.type === 'text' && piece.type === 'text')
    parts.splice(-1, 1, { ...last, text: last.text + piece.text });
  else if (last?.type === 'reasoning' && piece.type === 'reasoning' && last.by === undefined) {
    parts.splice(-1, 1, { ...piece, text: last.text + piece.text, at: last.at });
  } else parts.push(piece);
}

/** Results of functions are said within a message of the user, here. */
function readUser(content: readonly Part[], at: string, ids: CallIds, messages: ChatMessage[]): void {
  let parts: UserPart[] | undefined;
  content.forEach((part, index) => {
    if (part.functionResponse) {
      parts = undefined;
      return addToolResult(messages, readFunctionResponse(part.functionResponse, `${at}/${index}`, ids));
    }
    if (!parts) messages.push({ role: 'user', parts: (parts = []) });
    if (typeof part.text === 'string') parts.push({ type: 'text', text: part.text, at: `${at}/${index}` });
    parts.push(...readMedia(part, `${at}/${index}`));
  });
}

/** Signatures of texts are left out: Gemini wants those of its calls. */
function readModelPart(part: Part, at: string, ids: CallIds, unread: string[]): AssistantPart[] {
  const { functionCall, text, thoughtSignature } = part;
  if (functionCall) {
    const { id, name, args } = functionCall;
    return [
      {
        type: 'tool_call',
        id: ids.called(id, name),
        name,
        arguments: args ?? {},
        signature: thoughtSignature ?? undefined,
        at,
      },
    ];
  }
  if (part.inlineData || part.fileData) unread.push(at);
  if (typeof text !== 'string') return [];
  if (!part.thought) return text === '' ? [] : [{ type: 'text', text, at }];
  return [{ type: 'reasoning', text, ...recoverThought(thoughtSignature ?? undefined), at }];
}

function readTools(tools: NonNullable<RequestBody['tools']>): ToolDefinition[] {
  return tools.flatMap(({ functionDeclarations }, tool) =>
    (functionDeclarations ?? []).map(({ name, description, parameters, parametersJsonSchema }, index) => ({
      name,
      description: description ?? undefined,
      parameters: parametersJsonSchema ?? (parameters ? jsonSchemaOf(parameters) : undefined),
      at: `/tools/${tool}/functionDeclarations/${index}`,
    })),
  );
}

type CallingConfig = NonNullable<RequestBody['toolConfig']>['functionCallingConfig'];

function readToolChoice(config: CallingConfig): ToolChoice | undefined {
  const only = config?.allowedFunctionNames ?? [];
  switch (config?.mode) {
    case 'NONE':
      return { mode: 'none' };
    case 'ANY':
      return only.length > 0 ? { mode: 'required', only } : { mode: 'required' };
    case 'AUTO':
    case 'VALIDATED':
      return only.length > 0 ? { mode: 'auto', only } : { mode: 'auto' };
    default:
      return undefined;
  }
}

function readOutputFormat(config: GenerationConfig, unread: string[]): OutputFormat | undefined {
  const { responseMimeType: type, responseJsonSchema, responseSchema } = config;
  if (type && type !== 'application/json') {
    if (type !== 'text/plain') unread.push(POINTERS.outputFormat);
    return undefined;
  }
  if (responseJsonSchema) return { type: 'json_schema', schema: responseJsonSchema };
  if (responseSchema) return { type: 'json_schema', schema: jsonSchemaOf(responseSchema) };
  return type ? { type: 'json' } : undefined;
}

function readReasoning(config: GenerationConfig['thinkingConfig']): Reasoning | undefined {
  if (!config) return undefined;
  const { includeThoughts, thinkingBudget, thinkingLevel } = config;
  const shown = includeThoughts ?? undefined;
  if (thinkingBudget === 0) return { effort: 'none', shown };
  return {
    effort: thinkingLevel ? (thinkingLevel.toLowerCase() as Effort) : undefined,
    // -1: as much as the model sees fit.
    budgetTokens: thinkingBudget && thinkingBudget > 0 ? thinkingBudget : undefined,
    shown,
  };
}

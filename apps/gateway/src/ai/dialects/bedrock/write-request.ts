import type { ChatRequest, ToolDefinition } from '../chat.js';
import { closedSchema } from '../closed-schema.js';
import type { WrittenRequest } from '../dialect.js';
import { Losses, refuseCandidates } from '../losses.js';
import { namedTools } from '../named-tools.js';
import { outputSchema } from '../output-schema.js';
import type { JsonObject } from '../../../wire/json.js';
import { familyOf } from './family.js';
import { cachePoint, writeMessages, writeText } from './write-messages.js';
import { writeReasoning } from './write-reasoning.js';

/** The model is in the path. @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  refuseCandidates(request);
  const losses = new Losses(request);
  const messages = writeMessages(request, losses);
  const thinking = writeReasoning(request, losses);
  const { fields = {}, effort, maxTokens, isOn = false } = thinking;
  const sampling = writeSampling(request, isOn, losses);
  const additional = { ...fields, ...writeTopK(request, isOn, losses) };
  const body: JsonObject = {
    messages,
    system: writeSystem(request, losses),
    inferenceConfig: {
      maxTokens: maxTokens ?? request.maxOutputTokens,
      ...sampling,
      stopSequences: request.stop,
    },
    toolConfig: writeTools(request, losses),
    outputConfig: writeOutput(request, effort, losses),
    additionalModelRequestFields: Object.keys(additional).length > 0 ? additional : undefined,
  };
  losses.drop('seed', 'topLogprobs');
  if (request.frequencyPenalty) losses.drop('frequencyPenalty');
  if (request.presencePenalty) losses.drop('presencePenalty');
  losses.ignore('metadata', 'user');
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

/** Between messages there is no place for instructions: they join those of the whole conversation. */
function writeSystem(request: ChatRequest, losses: Losses): JsonObject[] | undefined {
  const later = request.messages.flatMap((message) => (message.role === 'system' ? message.parts : []));
  for (const part of later) losses.ignorePart(part);
  const blocks = [...request.instructions, ...later].flatMap((part) => writeText(part, request, losses));
  return blocks.length > 0 ? blocks : undefined;
}

/** Claude takes temperatures up to 1, and none of its own choice where it thinks. */
function writeSampling(request: ChatRequest, thinks: boolean, losses: Losses): JsonObject {
  const { temperature, topP } = request;
  if (familyOf(request.model) !== 'claude') return { temperature, topP };
  if (temperature !== undefined && (thinks ? temperature !== 1 : temperature > 1)) losses.drop('temperature');
  const losesTopP = thinks && topP !== undefined && topP < 0.95;
  if (losesTopP) losses.drop('topP');
  return {
    temperature: thinks || temperature === undefined ? undefined : Math.min(temperature, 1),
    topP: losesTopP ? undefined : topP,
  };
}

/** Each family has it elsewhere. */
function writeTopK({ model, topK }: ChatRequest, thinks: boolean, losses: Losses): JsonObject {
  if (topK === undefined) return {};
  const family = familyOf(model);
  if (family === 'claude' && !thinks) return { top_k: topK };
  if (family === 'nova') return { inferenceConfig: { topK } };
  losses.drop('topK');
  return {};
}

/** Where a choice is among several tools, the others are not shown. */
function writeTools(request: ChatRequest, losses: Losses): JsonObject | undefined {
  const { tools, toolChoice, messages } = request;
  if (request.parallelToolCalls === false) losses.drop('parallelToolCalls');
  const only = toolChoice && 'only' in toolChoice ? toolChoice.only : undefined;
  const shown = only && only.length !== 1 ? namedTools(tools, only) : tools;
  if (shown.length === 0) return undefined;
  if (toolChoice?.mode === 'none') {
    // A conversation in which tools were called has to say which they are, and Converse cannot forbid them.
    if (!messages.some(({ role }) => role === 'tool')) return undefined;
    losses.drop('toolChoice');
  }
  return {
    tools: shown.flatMap((tool) => writeTool(tool, request, losses)),
    toolChoice: writeToolChoice(request),
  };
}

function writeTool(tool: ToolDefinition, request: ChatRequest, losses: Losses): JsonObject[] {
  const { name, description, parameters, strict } = tool;
  const schema = { type: 'object', ...(parameters ?? { properties: {} }) };
  const spec = { name, description: description || undefined, inputSchema: { json: schema }, strict };
  return [{ toolSpec: spec }, ...cachePoint(tool, request, losses)];
}

function writeToolChoice({ toolChoice }: ChatRequest): JsonObject | undefined {
  if (!toolChoice || toolChoice.mode === 'none') return undefined;
  if (toolChoice.mode === 'auto') return { auto: {} };
  const [name, ...others] = 'only' in toolChoice ? toolChoice.only : [];
  return name !== undefined && others.length === 0 ? { tool: { name } } : { any: {} };
}

function writeOutput(
  request: ChatRequest,
  effort: string | undefined,
  losses: Losses,
): JsonObject | undefined {
  const { outputFormat } = request;
  if (outputFormat?.type === 'json') losses.drop('outputFormat');
  if (outputFormat?.type !== 'json_schema') return effort === undefined ? undefined : { effort };
  const { name, description } = outputFormat;
  const schema = JSON.stringify(closedSchema(outputSchema({ ...outputFormat, description: undefined })));
  const textFormat = { type: 'json_schema', structure: { jsonSchema: { schema, name, description } } };
  return { textFormat, effort };
}

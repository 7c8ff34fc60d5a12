import type { ChatRequest, ToolDefinition } from '../chat.js';
import type { WrittenRequest } from '../dialect.js';
import { tokensOf } from '../efforts.js';
import { Losses, refuseCandidates } from '../losses.js';
import { namedTools } from '../named-tools.js';
import { outputSchema } from '../output-schema.js';
import type { JsonObject } from '../../../wire/json.js';
import { writeMessages } from './write-messages.js';

/** https://docs.cohere.com/reference/chat @throws DialectError */
export function writeRequest(request: ChatRequest): WrittenRequest {
  refuseCandidates(request);
  const losses = new Losses(request);
  const body: JsonObject = {
    model: request.model,
    stream: request.stream || undefined,
    messages: writeMessages(request, losses),
    ...writeTools(request, losses),
    response_format: writeFormat(request),
    max_tokens: request.maxOutputTokens,
    stop_sequences: request.stop,
    temperature: request.temperature,
    seed: request.seed,
    frequency_penalty: writePenalty('frequencyPenalty', request, losses),
    presence_penalty: writePenalty('presencePenalty', request, losses),
    k: request.topK,
    p: writeTopP(request, losses),
    thinking: writeThinking(request, losses),
  };
  if (request.parallelToolCalls === false) losses.drop('parallelToolCalls');
  losses.drop('topLogprobs');
  losses.ignore('metadata', 'user');
  return { body, dropped: losses.dropped, ignored: losses.ignored };
}

/** From 0 to 1. */
function writePenalty(name: 'frequencyPenalty' | 'presencePenalty', request: ChatRequest, losses: Losses) {
  const penalty = request[name];
  if (penalty === undefined || (penalty >= 0 && penalty <= 1)) return penalty;
  losses.drop(name);
  return undefined;
}

const MIN_P = 0.01;
const MAX_P = 0.99;

function writeTopP({ topP }: ChatRequest, losses: Losses): number | undefined {
  if (topP === undefined) return undefined;
  const p = Math.min(MAX_P, Math.max(MIN_P, topP));
  if (p !== topP) losses.ignore('topP');
  return p;
}

function writeThinking({ reasoning }: ChatRequest, losses: Losses): JsonObject | undefined {
  if (!reasoning) return undefined;
  const { effort = 'medium', budgetTokens } = reasoning;
  if (effort === 'none' || budgetTokens === 0) return { type: 'disabled' };
  if (budgetTokens === undefined) losses.ignore('reasoning');
  return { type: 'enabled', token_budget: budgetTokens ?? tokensOf(effort) };
}

function writeFormat({ outputFormat }: ChatRequest): JsonObject | undefined {
  if (!outputFormat) return undefined;
  if (outputFormat.type === 'json') return { type: 'json_object' };
  return { type: 'json_object', json_schema: outputSchema(outputFormat) };
}

/** Where a choice is among some tools, the others are not shown. */
function writeTools({ tools, toolChoice }: ChatRequest, losses: Losses): JsonObject {
  const only = toolChoice && 'only' in toolChoice ? toolChoice.only : undefined;
  const shown = only ? namedTools(tools, only) : tools;
  if (shown.length === 0) return {};
  // It holds for all of them, or for none.
  const isStrict = shown.every(({ strict }) => strict === true);
  if (!isStrict) for (const tool of shown) if (tool.strict) losses.dropPart(tool, '/strict');
  for (const tool of shown) if (tool.cacheHint) losses.ignorePart(tool);
  return {
    tools: shown.map(writeTool),
    strict_tools: isStrict || undefined,
    tool_choice: toolChoice && toolChoice.mode !== 'auto' ? toolChoice.mode.toUpperCase() : undefined,
  };
}

function writeTool({ name, description, parameters }: ToolDefinition): JsonObject {
  const schema = { type: 'object', ...(parameters ?? { properties: {} }) };
  return { type: 'function', function: { name, description, parameters: schema } };
}

import type { ChatRequest } from '../chat.js';
import { DialectError, type WrittenRequest } from '../dialect.js';
import { Losses } from '../losses.js';
import { namedTools } from '../named-tools.js';
import { writeRequest as writeChat } from '../openai-chat/write-request.js';
import { UNKNOWN_ID } from '../sources.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';

/**
 * What OpenAI's API and Mistral's have alike is written as it is there. Members that Mistral does not know are an error to it.
 * https://docs.mistral.ai/api/endpoint/chat @throws DialectError
 */
export function writeRequest(request: ChatRequest): WrittenRequest {
  const losses = new Losses({ ...request, unconverted: [] });
  refuseIds(request);
  losses.ignore('user');
  losses.drop('topLogprobs');
  const { body, dropped, ignored } = writeChat({
    ...request,
    ...writeReasoning(request, losses),
    ...writeTools(request),
    user: undefined,
    topLogprobs: undefined,
  });
  return {
    body: bodyOf(body),
    dropped: [...dropped, ...losses.dropped],
    ignored: [...ignored, ...losses.ignored],
  };
}

function refuseIds({ messages }: ChatRequest): void {
  for (const part of messages.flatMap((message) => message.parts as readonly object[])) {
    if ('source' in part && 'fileId' in (part.source as object))
      throw DialectError.at((part as { at?: string }).at, UNKNOWN_ID);
  }
}

/** What is thought is always shown; `xhigh` is the most that there is. */
function writeReasoning({ reasoning }: ChatRequest, losses: Losses): Pick<ChatRequest, 'reasoning'> {
  if (!reasoning) return {};
  const { effort, budgetTokens } = reasoning;
  if (effort === 'max') losses.ignore('reasoning');
  return { reasoning: { effort: effort === 'max' ? 'xhigh' : effort, budgetTokens } };
}

/** Where a choice is among several tools, the others are not shown. */
function writeTools({ tools, toolChoice }: ChatRequest): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  if (!toolChoice || !('only' in toolChoice) || isOfOne(toolChoice)) return { tools, toolChoice };
  const { mode, only } = toolChoice;
  return { tools: namedTools(tools, only), toolChoice: { mode } };
}

function isOfOne({ mode, only }: { readonly mode: string; readonly only: readonly string[] }): boolean {
  return mode === 'required' && only.length === 1;
}

function bodyOf(body: JsonObject): JsonObject {
  const { stream_options: _, max_completion_tokens: maxTokens, seed, messages, tools, ...rest } = body;
  return {
    ...rest,
    max_tokens: maxTokens,
    random_seed: seed,
    messages: objectsOf(messages).map(messageOf),
    tools: tools && objectsOf(tools).map(toolOf),
  };
}

function messageOf(message: JsonObject): JsonObject {
  const { content, refusal, reasoning_content: thought, reasoning_details: _, ...rest } = message;
  if (Array.isArray(content)) return { ...rest, content: objectsOf(content).map(partOf) };
  const said = content ?? refusal;
  if (thought === undefined) return { ...rest, content: said };
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: thought }] };
  return { ...rest, content: said ? [thinking, { type: 'text', text: said }] : [thinking] };
}

function partOf(part: JsonObject): JsonObject {
  const file = objectOf(part.file);
  if (file)
    return { type: 'document_url', document_url: textOf(file.file_data), document_name: file.filename };
  const audio = objectOf(part.input_audio);
  return audio ? { type: 'input_audio', input_audio: audio.data } : part;
}

/** What takes no arguments has to say so. */
function toolOf({ type, function: tool }: JsonObject): JsonObject {
  return {
    type,
    function: { parameters: { type: 'object', properties: {} }, ...withoutGaps(objectOf(tool)!) },
  };
}

function withoutGaps(tool: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tool).filter(([, value]) => value !== undefined));
}

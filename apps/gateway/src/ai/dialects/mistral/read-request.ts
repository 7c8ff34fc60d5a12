import type { ChatRequest } from '../chat.js';
import { readRequest as readChat } from '../openai-chat/read-request.js';
import { textIn, thoughtIn } from '../openai-chat/reasoning.js';
import { isObject, objectOf, objectsOf, type JsonObject, type JsonValue } from '../../../wire/json.js';

/** What OpenAI's chat has by another name is read as that; what only Mistral has counts as unread. @throws DialectError */
export function readRequest(
  body: JsonObject,
  path: { readonly model?: string; readonly stream?: boolean },
): ChatRequest {
  const { random_seed: seed, tool_choice: choice, safe_prompt: safe, messages, tools, ...rest } = body;
  const request = readChat(
    {
      ...rest,
      seed,
      tool_choice: choice === 'any' ? 'required' : choice,
      // Its SDK says so where nobody asked for it.
      safe_prompt: safe === false ? undefined : safe,
      messages: mapped(messages, messageOf),
      tools: mapped(tools, functionOf),
    },
    path,
  );
  return {
    ...request,
    pointers: { ...request.pointers, seed: '/random_seed', maxOutputTokens: '/max_tokens' },
    wantsUsage: true,
  };
}

/** What is no list is for the schema to refuse. */
function mapped(list: JsonValue | undefined, of: (one: JsonObject) => JsonObject): JsonValue | undefined {
  return Array.isArray(list) ? list.map((one: JsonValue) => (isObject(one) ? of(one) : one)) : list;
}

function messageOf({ prefix, ...message }: JsonObject): JsonObject {
  const { content, role, tool_calls: calls } = message;
  const parts = Array.isArray(content) ? (content as readonly JsonValue[]) : undefined;
  return {
    ...message,
    // An answer that begins with it.
    ...(prefix ? { prefix } : {}),
    ...(parts && role === 'assistant' ? spoken(parts) : {}),
    ...(parts && role !== 'assistant' ? { content: mapped(content, partOf) } : {}),
    ...(calls ? { tool_calls: mapped(calls, callOf) } : {}),
  };
}

/** What is neither text nor a thought is for the schema to tell of. */
function spoken(parts: readonly JsonValue[]): JsonObject {
  const known = objectsOf(parts).filter(({ type }) => type === 'text' || type === 'thinking');
  const content = known.length === parts.length ? textIn(known) : parts;
  return { content, reasoning_content: thoughtIn(known) };
}

function partOf(part: JsonObject): JsonObject {
  if (part.type === 'image_url' && typeof part.image_url === 'string')
    return { type: 'image_url', image_url: { url: part.image_url } };
  const { document_url: url, document_name: filename } = part;
  return typeof url === 'string' && url.startsWith('data:')
    ? { type: 'file', file: { file_data: url, filename } }
    : part;
}

/** Arguments may be an object, and what it is may be left out. */
function callOf({ id, function: called }: JsonObject): JsonObject {
  const { arguments: args, ...rest } = objectOf(called) ?? {};
  const text = typeof args === 'string' ? args : JSON.stringify(args ?? {});
  return { id, type: 'function', function: { ...rest, arguments: text } };
}

function functionOf(tool: JsonObject): JsonObject {
  return { type: 'function', ...tool };
}

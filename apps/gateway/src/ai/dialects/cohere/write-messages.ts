import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  ImagePart,
  Said,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError } from '../dialect.js';
import type { Losses } from '../losses.js';
import { dataUrl, UNKNOWN_ID } from '../sources.js';
import type { JsonObject } from '../../../wire/json.js';

/** Instructions stay where they are. @throws DialectError */
export function writeMessages({ instructions, messages }: ChatRequest, losses: Losses): JsonObject[] {
  return [
    ...writeSystem(instructions, losses),
    ...messages.flatMap((message) => writeMessage(message, losses)),
  ];
}

function writeMessage(message: ChatMessage, losses: Losses): JsonObject[] {
  switch (message.role) {
    case 'system':
      return writeSystem(message.parts, losses);
    case 'user':
      return [{ role: 'user', content: message.parts.map((part) => writeUserPart(part, losses)) }];
    case 'assistant':
      return [writeAssistant(message.parts, losses)];
    case 'tool':
      return message.parts.map((part) => writeResult(part, losses));
  }
}

function writeSystem(parts: readonly TextPart[], losses: Losses): JsonObject[] {
  return parts.length === 0
    ? []
    : [{ role: 'system', content: parts.map((part) => writeText(part, losses)) }];
}

function ignoreCacheHint(part: Said, losses: Losses): void {
  if (part.cacheHint) losses.ignorePart(part, '/cache_control');
}

function writeText(part: TextPart, losses: Losses): JsonObject {
  ignoreCacheHint(part, losses);
  return { type: 'text', text: part.text };
}

function writeUserPart(part: UserPart, losses: Losses): JsonObject {
  switch (part.type) {
    case 'text':
      return writeText(part, losses);
    case 'image':
      return writeImage(part, losses);
    case 'file':
    case 'audio':
      throw DialectError.at(part.at, 'must be text or an image for this provider');
  }
}

function writeImage(part: ImagePart, losses: Losses): JsonObject {
  ignoreCacheHint(part, losses);
  const { source, detail } = part;
  if ('fileId' in source) throw DialectError.at(part.at, UNKNOWN_ID);
  if (detail === 'original') losses.ignorePart(part);
  const url = 'url' in source ? source.url : dataUrl(source);
  return { type: 'image_url', image_url: { url, detail: detail === 'original' ? undefined : detail } };
}

/** What is said beside calls of tools is why they are called. */
function writeAssistant(parts: readonly AssistantPart[], losses: Losses): JsonObject {
  for (const part of parts) {
    ignoreCacheHint(part, losses);
    if (part.type === 'reasoning') losses.ignorePart(part);
  }
  const said = parts.flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : []));
  const calls = parts.filter((part) => part.type === 'tool_call').map(writeCall);
  if (calls.length === 0) return { role: 'assistant', content: said.map((text) => ({ type: 'text', text })) };
  const plan = said.join('\n\n');
  return { role: 'assistant', tool_calls: calls, tool_plan: plan === '' ? undefined : plan };
}

function writeCall({ id, name, arguments: args }: ToolCallPart): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}

/** It has no place for a failure but its words. */
function writeResult(part: ToolResultPart, losses: Losses): JsonObject {
  ignoreCacheHint(part, losses);
  if (part.isError) losses.ignorePart(part);
  const content = part.parts.map((one) => {
    if (one.type === 'text') return writeText(one, losses);
    throw DialectError.at(one.at, 'must be text: tools return nothing else to this provider');
  });
  return { role: 'tool', tool_call_id: part.callId, content };
}

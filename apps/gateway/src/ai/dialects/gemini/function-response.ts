import type { ToolResultPart, UserPart } from '../chat.js';
import type { JsonObject, JsonValue } from '../../../wire/json.js';
import type { CallIds } from '../call-ids.js';
import { readMedia, writeMedia } from './media.js';
import type { Part } from './request-schema.js';

/**
 * By Google's convention, what a function returns is its `output`, and what went wrong its `error`. LangChain calls it
 * `result`, and the AI SDK `content` beside the function's name.
 */
export function readFunctionResponse(
  { id, name, response, parts }: NonNullable<Part['functionResponse']>,
  at: string,
  ids: CallIds,
): ToolResultPart {
  const members = Object.entries(response ?? {}).filter((member) => !isName(member, name));
  const [alone, value] = members.length === 1 ? members[0]! : [];
  const isTold = alone !== undefined && RETURNED.has(alone);
  const text = textOf((isTold ? value : response) ?? null);
  const media = (parts ?? []).flatMap((part, index) =>
    readMedia(part, `${at}/functionResponse/parts/${index}`),
  );
  return {
    type: 'tool_result',
    callId: ids.answered(id, name),
    name,
    parts: [{ type: 'text', text, at: `${at}/functionResponse/response` }, ...media.map(resultMedia)],
    isError: alone === 'error' || undefined,
    at,
  };
}

const RETURNED = new Set(['output', 'result', 'content', 'error']);

function isName([member, value]: [string, unknown], name: string): boolean {
  return member === 'name' && value === name;
}

function textOf(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function resultMedia(part: UserPart): ToolResultPart['parts'][number] {
  return part.type === 'audio' ? { ...part, type: 'file' } : part;
}

export function writeFunctionResponse(part: ToolResultPart, name: string): JsonObject {
  const texts = part.parts.filter((content) => content.type === 'text');
  const media = part.parts.filter((content) => content.type !== 'text');
  const text = texts.map((content) => content.text).join('\n\n');
  return {
    id: part.callId,
    name,
    response: part.isError ? { error: text } : { output: text },
    parts: media.length > 0 ? media.map(writeMedia) : undefined,
  };
}

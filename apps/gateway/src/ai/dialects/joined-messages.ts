import type { ChatMessage } from './chat.js';
import type { JsonObject } from '../../wire/json.js';

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly contents: (readonly JsonObject[])[];
}

/**
 * Messages of one role that follow each other as one, in which the results of tools come first. Those of the system, and
 * empty ones, are left out.
 * @param contentOf its blocks
 * @param isResult whether a block is the result of a tool
 */
export function joinedMessages(
  messages: readonly ChatMessage[],
  contentOf: (message: Exclude<ChatMessage, { role: 'system' }>) => readonly JsonObject[],
  isResult: (block: JsonObject) => boolean,
): JsonObject[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = contentOf(message);
    if (content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.contents.push(content);
    else turns.push({ role, contents: [content] });
  }
  return turns.map(({ role, contents }) => ({ role, content: joined(contents, isResult) }));
}

function joined(
  contents: readonly (readonly JsonObject[])[],
  isResult: (block: JsonObject) => boolean,
): readonly JsonObject[] {
  if (contents.length === 1) return contents[0]!;
  const all = contents.flat();
  return [...all.filter(isResult), ...all.filter((block) => !isResult(block))];
}

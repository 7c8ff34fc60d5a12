import type { ChatMessage } from './chat.js';
import type { JsonObject } from '../../wire/json.js';

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly JsonObject[];
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
  const written: Message[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = contentOf(message);
    const last = written.at(-1);
    if (last?.role === role) {
      const all = [...last.content, ...content];
      const resultsFirst = [...all.filter(isResult), ...all.filter((block) => !isResult(block))];
      written.splice(-1, 1, { role, content: resultsFirst });
    } else if (content.length > 0) written.push({ role, content });
  }
  return written.map(({ role, content }) => ({ role, content }));
}

import type { ChatAnswer } from '../chat.js';
import { writeAnswer as writeChat } from '../openai-chat/write-answer.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';

/** Thoughts stand before what is said. https://docs.mistral.ai/capabilities/reasoning */
export function thinkingOf(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] };
}

export function writeAnswer(answer: ChatAnswer): JsonObject {
  const written = writeChat(answer);
  return {
    ...written,
    choices: objectsOf(written.choices).map(({ message, index, finish_reason: reason }) => ({
      index,
      message: messageOf(objectOf(message)!),
      finish_reason: reason,
    })),
    usage: written.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  };
}

function messageOf({
  content,
  refusal,
  reasoning_content: thought,
  tool_calls: calls,
}: JsonObject): JsonObject {
  const said = textOf(content) ?? textOf(refusal) ?? '';
  const thoughts = textOf(thought);
  return {
    role: 'assistant',
    content: thoughts ? [thinkingOf(thoughts), { type: 'text', text: said }] : said,
    tool_calls: calls,
  };
}

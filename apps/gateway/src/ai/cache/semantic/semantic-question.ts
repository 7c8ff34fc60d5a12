import type { JsonObject } from '../../../wire/json.js';
import type { ChatMessage, ChatRequest } from '../../dialects/chat.js';
import { AiProblem } from '../../errors/ai-problem.js';
import type { Asked } from '../../requests/asked.js';
import { fixedWords } from './fixed-words.js';

/** A longer text says too much for one vector. */
const MAX_TEXT = 1_000;

/** Not what is asked. What is undefined is left out of the JSON. */
const HOW_AND_WHO = {
  stream: undefined,
  wantsUsage: undefined,
  user: undefined,
  metadata: undefined,
  pointers: undefined,
};

/** A question that may be asked in other words. */
export interface SemanticQuestion {
  /** What the user said last. */
  readonly text: string;
  /** All that must be the very same: everything else that is asked, and what of the text cannot be otherwise. */
  readonly exact: JsonObject;
}

/** @returns undefined where other words may mean something else: with tools, images, or what we do not understand */
export function semanticQuestion(asked: Asked): SemanticQuestion | undefined {
  const chat = asked.operation.name === 'chat' ? chatOf(asked) : undefined;
  if (!chat || chat.tools.length > 0 || chat.unconverted.length > 0 || chat.indispensable?.length)
    return undefined;
  const last = chat.messages.at(-1);
  if (last?.role !== 'user' || !chat.messages.every(isPlain)) return undefined;
  const text = last.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  if (text.trim() === '' || text.length > MAX_TEXT) return undefined;
  const said = { messages: chat.messages.slice(0, -1), parts: last.parts.length, fixed: fixedWords(text) };
  const exact = { ...chat, ...HOW_AND_WHO, ...said };
  return { text, exact: JSON.parse(JSON.stringify(exact)) as JsonObject };
}

/** @returns undefined where it is passed through without being understood */
function chatOf(asked: Asked): ChatRequest | undefined {
  try {
    return asked.chat;
  } catch (error) {
    if (error instanceof AiProblem) return undefined;
    throw error;
  }
}

/** Nothing but what was said. */
function isPlain(message: ChatMessage): boolean {
  return message.role !== 'tool' && message.parts.every(({ type }) => type === 'text');
}

import { streamTypeOf } from '../answers/stream-form.js';
import { answerEvents } from '../dialects/answer-events.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { Asked } from '../requests/asked.js';
import { readChat } from './read-answer.js';
import { formOf, type StoredAnswer } from './stored-answer.js';

export interface Replay {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * A stored answer in the form that is asked for: the very same bytes, or a stream as a whole answer and the other way round.
 * @returns undefined where it would lose something by that
 */
export function replayOf(stored: StoredAnswer, asked: Asked): Replay | undefined {
  if (stored.form === formOf(asked)) return stored;
  if (asked.operation.name !== 'chat') return undefined;
  try {
    return converted(stored, asked);
  } catch (error) {
    // What is passed through without being understood can be replayed as it came, and in no other form.
    if (error instanceof AiProblem) return undefined;
    throw error;
  }
}

function converted(stored: StoredAnswer, { chat, dialect, stream }: Asked): Replay | undefined {
  // Only the provider knows what these have it answer besides.
  if (chat.unconverted.length > 0) return undefined;
  const read = readChat(dialect, stored);
  if (!read) return undefined;
  const answer = { ...read, usage: read.usage ?? stored.usage };
  if (!stream) {
    return {
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(dialect.writeAnswer(answer, chat))),
    };
  }
  const writer = dialect.writer(chat);
  const text = [...answerEvents(answer)].map((event) => writer.write(event)).join('');
  return { contentType: streamTypeOf(dialect), body: Buffer.from(text) };
}

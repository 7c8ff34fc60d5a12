import { EventStreamError } from '../../wire/event-stream.js';
import { objectsOf, parseObject } from '../../wire/json.js';
import { parserOf } from '../answers/stream-form.js';
import { assembleAnswer } from '../dialects/assemble-answer.js';
import type { ChatAnswer, StopReason } from '../dialects/chat.js';
import { type CallerDialect, UnreadableAnswer } from '../dialects/dialect.js';
import type { Asked } from '../requests/asked.js';
import type { StoredAnswer } from './stored-answer.js';

type Bytes = Pick<StoredAnswer, 'body' | 'form'>;

/** How an answer ends of which there is no more; a filter may think otherwise the next time. */
const COMPLETE: ReadonlySet<StopReason> = new Set(['stop', 'stop_sequence', 'tool_calls', 'length']);

/** Whether an answer is all that there is, and may be given to others who ask the same. */
export function isComplete(
  { operation, dialect }: Asked,
  answer: Bytes & { readonly contentType: string },
): boolean {
  if (operation.name === 'chat') {
    const chat = readChat(dialect, answer);
    return chat !== undefined && chat.candidates.every(({ stop }) => COMPLETE.has(stop));
  }
  if (operation.name === 'speech') return answer.body.length > 0;
  const body = parseObject(answer.body.toString());
  if (!body || body.error) return false;
  return objectsOf(body.choices).every(({ finish_reason: reason }) => reason !== 'content_filter');
}

/** @returns undefined where it cannot be read, or broke off */
export function readChat(dialect: CallerDialect, { body, form }: Bytes): ChatAnswer | undefined {
  try {
    const answer = form === 'whole' ? dialect.readAnswer(parseWhole(body)) : readStream(dialect, body);
    return answer.candidates.length === 0 ? undefined : answer;
  } catch (error) {
    if (error instanceof UnreadableAnswer || error instanceof EventStreamError) return undefined;
    throw error;
  }
}

function parseWhole(body: Buffer) {
  const answer = parseObject(body.toString());
  if (!answer) throw new UnreadableAnswer('no JSON');
  return answer;
}

/** A stream that was cut ends with an error. @throws UnreadableAnswer, EventStreamError */
function readStream(dialect: CallerDialect, body: Buffer): ChatAnswer {
  const [parser, reader] = [parserOf(dialect, body.length + 1), dialect.reader()];
  const frames = [...parser.push(body), ...parser.end()];
  return assembleAnswer([...frames.flatMap((frame) => reader.read(frame)), ...reader.end()]);
}

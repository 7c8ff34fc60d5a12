import { EventStreamParser } from '../../wire/event-stream.js';
import { JSON_LINES } from '../../wire/json-lines.js';
import type { AnswerDialect, CallerDialect, EventParser } from '../dialects/dialect.js';

const EVENT_STREAM = 'text/event-stream';
const WITH_CHARSET = `${EVENT_STREAM}; charset=utf-8`;

/** What cuts streams of a dialect into events. @param maxEventSize of server-sent events, in characters */
export function parserOf({ parser }: AnswerDialect, maxEventSize?: number): EventParser {
  return parser?.() ?? new EventStreamParser(maxEventSize);
}

/** The media type of streams that callers of a dialect get. */
export function streamTypeOf({ streamType = WITH_CHARSET }: CallerDialect): string {
  return streamType;
}

export function isStreamType(type: string): boolean {
  return type.startsWith(EVENT_STREAM) || type === JSON_LINES;
}

import type { ChatAnswer, ChatEvent, ChatRequest } from '../../../apps/gateway/src/ai/dialects/chat.js';
import type { AnswerDialect, CallerDialect } from '../../../apps/gateway/src/ai/dialects/dialect.js';
import { EventStreamParser } from '../../../apps/gateway/src/wire/event-stream.js';
import { chunked } from './chunks.js';

export const REQUEST: ChatRequest = {
  model: 'a-model',
  stream: false,
  instructions: [],
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  tools: [],
  unconverted: [],
};

/** An answer with all that an answer may have but several candidates. */
export const ANSWER: ChatAnswer = {
  id: 'answer-1',
  model: 'a-model',
  created: 1_760_000_000,
  candidates: [
    {
      parts: [
        { type: 'reasoning', text: 'Two cities, two calls.', by: 'anthropic', signature: 'EqQB/+=' },
        { type: 'text', text: 'Ich schaue nach: 世界 🌍' },
        {
          type: 'tool_call',
          id: 'call_1',
          name: 'weather',
          arguments: { city: 'Zürich', days: 0 },
          signature: 'CiQB/+==',
        },
        { type: 'tool_call', id: 'call_2', name: 'now', arguments: {} },
      ],
      stop: 'tool_calls',
    },
  ],
  usage: { input: 100, output: 40, cacheRead: 60, cacheWrite: 0, reasoning: 10 },
};

/** A stream as its caller gets it. */
export function written(
  dialect: CallerDialect,
  events: Iterable<ChatEvent>,
  request: ChatRequest = REQUEST,
): string {
  const writer = dialect.writer(request);
  return [...events].map((event) => writer.write(event)).join('');
}

/** A provider's stream, as it is read. */
export function read(dialect: AnswerDialect, stream: string, size = 1_000_000): ChatEvent[] {
  const parser = dialect.parser?.() ?? new EventStreamParser();
  const reader = dialect.reader();
  const events = [...chunked(stream, size)].flatMap((chunk) => parser.push(chunk));
  return [...[...events, ...parser.end()].flatMap((event) => reader.read(event)), ...reader.end()];
}

/** Objects as data of a stream. */
export function streamOf(...data: (object | string)[]): string {
  return data
    .map((value) => {
      const name = typeof value === 'object' && 'type' in value ? `event: ${String(value.type)}\n` : '';
      return `${name}data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
    })
    .join('');
}

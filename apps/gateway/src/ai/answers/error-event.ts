import type { AiError, ChatRequest } from '../dialects/chat.js';
import type { CallerDialect } from '../dialects/dialect.js';

const NOTHING_ASKED: ChatRequest = {
  model: '',
  stream: true,
  instructions: [],
  messages: [],
  tools: [],
  unconverted: [],
};

/** How a stream that was passed through tells of an error that is the gateway's. */
export function errorEvent(dialect: CallerDialect, error: AiError): Buffer {
  return Buffer.from(dialect.writer(NOTHING_ASKED).write({ type: 'error', error }));
}

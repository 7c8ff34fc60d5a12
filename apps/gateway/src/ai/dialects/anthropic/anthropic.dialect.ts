import type { Dialect } from '../dialect.js';
import { objectOf } from '../../../wire/json.js';
import { readProviderError } from '../provider-error.js';
import { writeError } from './errors.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { AnthropicStreamReader } from './stream-reader.js';
import { AnthropicStreamWriter } from './stream-writer.js';
import { readServed, readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';
import { writeRequest } from './write-request.js';

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  reader: () => new AnthropicStreamReader(),
  writer: () => new AnthropicStreamWriter(),
  usageOf: ({ usage, message }) => readUsage(usage ?? objectOf(message)?.usage),
  tiersOf: ({ usage, message }) => readServed(usage ?? objectOf(message)?.usage),
  readError: readProviderError,
  writeError,
};

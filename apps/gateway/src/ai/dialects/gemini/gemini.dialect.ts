import type { Dialect } from '../dialect.js';
import { readProviderError } from '../provider-error.js';
import { writeError } from './errors.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { GeminiStreamReader } from './stream-reader.js';
import { GeminiStreamWriter } from './stream-writer.js';
import { readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';
import { writeRequest } from './write-request.js';

/** Gemini's `generateContent`, and `streamGenerateContent` with `alt=sse`. */
export const gemini: Dialect = {
  name: 'gemini',
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  reader: () => new GeminiStreamReader(),
  writer: () => new GeminiStreamWriter(),
  usageOf: ({ usageMetadata }) => readUsage(usageMetadata),
  readError: readProviderError,
  writeError,
};

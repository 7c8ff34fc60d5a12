import type { CallerDialect } from '../dialect.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { JSON_LINES, JsonLinesParser } from '../../../wire/json-lines.js';
import { OllamaStreamReader } from './stream-reader.js';
import { OllamaStreamWriter } from './stream-writer.js';
import { readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';

/** Ollama's own chat, for callers: its server is asked by what it has of OpenAI's API. */
export const ollama: CallerDialect = {
  name: 'ollama',
  readRequest,
  readAnswer,
  writeAnswer,
  reader: () => new OllamaStreamReader(),
  parser: () => new JsonLinesParser(),
  writer: () => new OllamaStreamWriter(),
  streamType: JSON_LINES,
  usageOf: readUsage,
  writeError: ({ message }) => ({ error: message }),
};

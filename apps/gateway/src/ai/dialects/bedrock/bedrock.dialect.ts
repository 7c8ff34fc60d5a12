import type { ProviderDialect } from '../dialect.js';
import { readProviderError } from '../provider-error.js';
import { BedrockEventParser } from './event-parser.js';
import { readAnswer } from './read-answer.js';
import { BedrockStreamReader } from './stream-reader.js';
import { writeRequest } from './write-request.js';

/** The Converse API of Amazon Bedrock. */
export const bedrock: ProviderDialect = {
  name: 'bedrock',
  writeRequest,
  readAnswer,
  reader: (model) => new BedrockStreamReader(model),
  parser: () => new BedrockEventParser(),
  readError: readProviderError,
};

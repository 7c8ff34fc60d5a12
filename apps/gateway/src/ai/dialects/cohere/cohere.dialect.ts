import type { ProviderDialect } from '../dialect.js';
import { readProviderError } from '../provider-error.js';
import { readAnswer } from './read-answer.js';
import { CohereStreamReader } from './stream-reader.js';
import { writeRequest } from './write-request.js';

/** Version 2 of Cohere's chat. */
export const cohere: ProviderDialect = {
  name: 'cohere',
  writeRequest,
  readAnswer,
  reader: (model) => new CohereStreamReader(model),
  readError: readProviderError,
};

import { readTiers } from '../../prices/served-tiers.js';
import type { Dialect } from '../dialect.js';
import { readProviderError } from '../provider-error.js';
import { writeError } from './errors.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { OpenAiStreamReader } from './stream-reader.js';
import { OpenAiStreamWriter } from './stream-writer.js';
import { readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';
import { writeRequest } from './write-request.js';

/** OpenAI's chat completions, which most other servers speak too. */
export const openAiChat: Dialect = {
  name: 'openai',
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  reader: () => new OpenAiStreamReader(),
  writer: ({ wantsUsage }) => new OpenAiStreamWriter(wantsUsage),
  usageOf: ({ usage }) => readUsage(usage),
  tiersOf: (body) => readTiers(body, 'service_tier'),
  readError: readProviderError,
  writeError,
};

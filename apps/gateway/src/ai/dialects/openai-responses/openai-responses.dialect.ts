import { readTiers } from '../../prices/served-tiers.js';
import type { Dialect } from '../dialect.js';
import { objectOf } from '../../../wire/json.js';
import { writeError } from '../openai-chat/errors.js';
import { readProviderError } from '../provider-error.js';
import { readAnswer } from './read-answer.js';
import { readRequest } from './read-request.js';
import { ResponsesStreamReader } from './stream-reader.js';
import { ResponsesStreamWriter } from './stream-writer.js';
import { readUsage } from './usage.js';
import { writeAnswer } from './write-answer.js';
import { writeRequest } from './write-request.js';

/** OpenAI's responses, without what OpenAI keeps of them. */
export const openAiResponses: Dialect = {
  name: 'openai_responses',
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  reader: () => new ResponsesStreamReader(),
  writer: (request) => new ResponsesStreamWriter(request),
  usageOf: ({ usage, response }) => readUsage(usage ?? objectOf(response)?.usage),
  tiersOf: (body) => readTiers(objectOf(body.response) ?? body, 'service_tier'),
  readError: readProviderError,
  writeError,
};

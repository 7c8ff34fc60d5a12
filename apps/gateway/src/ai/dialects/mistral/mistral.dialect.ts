import type { CallerDialect, ProviderDialect } from '../dialect.js';
import { openAiChat } from '../openai-chat/openai-chat.dialect.js';
import { readRequest } from './read-request.js';
import { MistralStreamWriter } from './stream-writer.js';
import { writeAnswer } from './write-answer.js';
import { writeRequest } from './write-request.js';

/** Mistral's chat: OpenAI's but for some words of its own, and stricter. */
export const mistral: CallerDialect & ProviderDialect & { readonly name: 'mistral' } = {
  ...openAiChat,
  name: 'mistral',
  readRequest,
  writeRequest,
  writeAnswer,
  writer: () => new MistralStreamWriter(),
};

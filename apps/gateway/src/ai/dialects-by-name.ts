import { anthropic } from './dialects/anthropic/anthropic.dialect.js';
import { bedrock } from './dialects/bedrock/bedrock.dialect.js';
import { cohere } from './dialects/cohere/cohere.dialect.js';
import type { Dialect, DialectName, ProviderDialect, ProviderDialectName } from './dialects/dialect.js';
import { gemini } from './dialects/gemini/gemini.dialect.js';
import { openAiChat } from './dialects/openai-chat/openai-chat.dialect.js';
import { openAiResponses } from './dialects/openai-responses/openai-responses.dialect.js';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  openai: openAiChat,
  openai_responses: openAiResponses,
  anthropic,
  gemini,
};

export const PROVIDER_DIALECTS: Readonly<Record<ProviderDialectName, ProviderDialect>> = {
  ...DIALECTS,
  bedrock,
  cohere,
};

import { anthropic } from './dialects/anthropic/anthropic.dialect.js';
import { bedrock } from './dialects/bedrock/bedrock.dialect.js';
import { cohere } from './dialects/cohere/cohere.dialect.js';
import type {
  CallerDialect,
  CallerDialectName,
  ProviderDialect,
  ProviderDialectName,
} from './dialects/dialect.js';
import { gemini } from './dialects/gemini/gemini.dialect.js';
import { mistral } from './dialects/mistral/mistral.dialect.js';
import { ollamaGenerate } from './dialects/ollama/generate.dialect.js';
import { ollama } from './dialects/ollama/ollama.dialect.js';
import { openAiChat } from './dialects/openai-chat/openai-chat.dialect.js';
import { openAiResponses } from './dialects/openai-responses/openai-responses.dialect.js';

const SPOKEN_BY_BOTH = {
  openai: openAiChat,
  openai_responses: openAiResponses,
  anthropic,
  gemini,
  mistral,
};

export const DIALECTS: Readonly<Record<CallerDialectName, CallerDialect>> = {
  ...SPOKEN_BY_BOTH,
  ollama,
  ollama_generate: ollamaGenerate,
};

export const PROVIDER_DIALECTS: Readonly<Record<ProviderDialectName, ProviderDialect>> = {
  ...SPOKEN_BY_BOTH,
  bedrock,
  cohere,
};

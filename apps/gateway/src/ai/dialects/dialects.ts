import { anthropic } from './anthropic/anthropic.dialect.js';
import type { Dialect, DialectName } from './dialect.js';
import { gemini } from './gemini/gemini.dialect.js';
import { openAiChat } from './openai-chat/openai-chat.dialect.js';
import { openAiResponses } from './openai-responses/openai-responses.dialect.js';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  openai: openAiChat,
  openai_responses: openAiResponses,
  anthropic,
  gemini,
};

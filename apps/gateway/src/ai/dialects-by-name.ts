import { anthropic } from './dialects/anthropic/anthropic.dialect.js';
import type { Dialect, DialectName } from './dialects/dialect.js';
import { gemini } from './dialects/gemini/gemini.dialect.js';
import { openAiChat } from './dialects/openai-chat/openai-chat.dialect.js';
import { openAiResponses } from './dialects/openai-responses/openai-responses.dialect.js';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  openai: openAiChat,
  openai_responses: openAiResponses,
  anthropic,
  gemini,
};

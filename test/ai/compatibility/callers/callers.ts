import { aiSdkOfAnthropic, aiSdkOfGemini, aiSdkOfOpenAiChat, aiSdkOfOpenAiResponses } from './ai-sdk.js';
import { anthropicCallers } from './anthropic.js';
import type { Caller } from './caller.js';
import { geminiCallers } from './gemini.js';
import {
  langChainOfAnthropic,
  langChainOfGemini,
  langChainOfOpenAiChat,
  langChainOfOpenAiResponses,
} from './langchain.js';
import { mistralCallers } from './mistral.js';
import { ollamaCallers } from './ollama.js';
import { openAiChatCallers } from './openai-chat.js';
import { openAiResponsesCallers } from './openai-responses.js';

/** The SDKs that speak a dialect. @param base the address of the gateway's route @param key that of the caller */
export type CallersOf = (base: string, key: string) => readonly Caller[];

export const CALLERS = {
  'OpenAI chat': (base, key) => [
    ...openAiChatCallers(base, key),
    aiSdkOfOpenAiChat(base, key),
    langChainOfOpenAiChat(base, key),
  ],
  'OpenAI responses': (base, key) => [
    ...openAiResponsesCallers(base, key),
    aiSdkOfOpenAiResponses(base, key),
    langChainOfOpenAiResponses(base, key),
  ],
  Anthropic: (base, key) => [
    ...anthropicCallers(base, key),
    aiSdkOfAnthropic(base, key),
    langChainOfAnthropic(base, key),
  ],
  Gemini: (base, key) => [
    ...geminiCallers(base, key),
    aiSdkOfGemini(base, key),
    langChainOfGemini(base, key),
  ],
  Mistral: mistralCallers,
  Ollama: ollamaCallers,
} as const satisfies Readonly<Record<string, CallersOf>>;

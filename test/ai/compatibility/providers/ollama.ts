import { openAiChat } from './openai-chat.js';
import type { Wire } from './provider.js';

/** Ollama calls it otherwise in its OpenAI API. https://docs.ollama.com/api/openai-compatibility */
function renamed(text: string): string {
  return text.replaceAll('"reasoning_content":', '"reasoning":');
}

/** It tells nothing of what tokens were. */
function told(text: string): string {
  return renamed(text).replace(/,"(?:prompt|completion)_tokens_details":\{[^}]*\}/g, '');
}

export const ollama: Wire = {
  ...openAiChat,
  counts: { cached: false, reasoning: false },
  whole: (answer) => JSON.parse(told(JSON.stringify(openAiChat.whole(answer)))) as object,
  stream: (answer) => told(openAiChat.stream(answer) as string),
};

import { Injectable } from '@nestjs/common';
import type { ChatRequest, UserPart } from '../dialects/chat.js';
import { AiProvider } from './ai-provider.js';
import { OpenAiShaped } from './openai-shaped.js';

/** On this machine, where it listens by default. */
@Injectable()
@AiProvider('ollama')
export class OllamaProvider extends OpenAiShaped {
  readonly baseUrl = 'http://localhost:11434/v1';

  /** It chooses tools as it sees fit, and sees images by their bytes alone. https://docs.ollama.com/api/openai-compatibility */
  passesOver({ toolChoice, pointers, messages }: ChatRequest): readonly string[] {
    const isChosen = toolChoice !== undefined && toolChoice.mode !== 'auto';
    const unseen = messages
      .flatMap((message) => (message.role === 'user' ? message.parts : []))
      .filter(isUnseen);
    return [
      ...(isChosen ? [pointers?.toolChoice ?? '/tool_choice'] : []),
      ...unseen.map(({ at = '/messages' }) => at),
    ];
  }
}

function isUnseen(part: UserPart): boolean {
  if (part.type === 'image') return 'url' in part.source;
  return part.type === 'audio' || (part.type === 'file' && !isText(part));
}

/** What is text is said as such. */
function isText({ source }: Extract<UserPart, { type: 'file' }>): boolean {
  return 'data' in source && source.mediaType.startsWith('text/');
}

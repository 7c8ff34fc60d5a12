import { Injectable, Module } from '@nestjs/common';
import { AiProvider } from '../../../apps/gateway/src/ai/providers/ai-provider.js';
import { OpenAiShaped } from '../../../apps/gateway/src/ai/providers/openai-shaped.js';

// OpenAI has two APIs, and callers of either get their own. Each by itself shows the conversion into it.

@Injectable()
@AiProvider('chat_only')
export class ChatOnly extends OpenAiShaped {
  override readonly renamedInConversion = {};
}

@Injectable()
@AiProvider('responses_only')
export class ResponsesOnly extends OpenAiShaped {
  override readonly dialects = ['openai_responses'] as const;
}

@Module({ providers: [ChatOnly, ResponsesOnly] })
export class HalfOpenAi {}

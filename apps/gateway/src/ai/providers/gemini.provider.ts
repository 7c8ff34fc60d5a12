import { Injectable } from '@nestjs/common';
import type { AiError } from '../dialects/chat.js';
import { AiProvider, type AiProviderType, type Blame, type ProviderRequest } from './ai-provider.js';

@Injectable()
@AiProvider('gemini')
export class GeminiProvider implements AiProviderType {
  readonly baseUrl = 'https://generativelanguage.googleapis.com/v1beta';
  readonly dialects = ['gemini'] as const;
  readonly pricedAs = 'google';

  pathOf({ operation, dialect, model, stream }: ProviderRequest): string | undefined {
    if (dialect !== 'gemini') return undefined;
    const verb = VERBS[operation === 'chat' && stream ? 'stream' : operation];
    if (verb === undefined) return undefined;
    // Tuned models have a collection of their own.
    const name = model.includes('/') ? model : `models/${model}`;
    return `/${name.split('/').map(encodeURIComponent).join('/')}:${verb}`;
  }

  headersOf(key: string | undefined): Readonly<Record<string, string>> {
    return key === undefined ? {} : { 'x-goog-api-key': key };
  }

  /** A key that is none is a 400 to it. */
  blameOf({ code }: AiError): Blame | undefined {
    return code === 'API_KEY_INVALID' || code === 'API_KEY_EXPIRED' ? 'key' : undefined;
  }
}

const VERBS: Readonly<Record<string, string>> = {
  chat: 'generateContent',
  stream: 'streamGenerateContent?alt=sse',
  count_tokens: 'countTokens',
  embeddings: 'embedContent',
  batch_embeddings: 'batchEmbedContents',
};

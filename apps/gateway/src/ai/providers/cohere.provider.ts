import { Injectable } from '@nestjs/common';
import { AiProvider, type AiProviderType, type ProviderRequest } from './ai-provider.js';

/** Cohere: chat by its own API, embeddings by what it has of OpenAI's. */
@Injectable()
@AiProvider('cohere')
export class CohereProvider implements AiProviderType {
  readonly baseUrl = 'https://api.cohere.com';
  readonly dialects = ['cohere'] as const;
  readonly pricedAs = 'cohere';

  pathOf({ operation, dialect }: ProviderRequest): string | undefined {
    if (operation === 'chat') return dialect === 'cohere' ? '/v2/chat' : undefined;
    return operation === 'embeddings' && dialect === 'openai' ? '/compatibility/v1/embeddings' : undefined;
  }

  headersOf(key: string | undefined): Readonly<Record<string, string>> {
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  }
}

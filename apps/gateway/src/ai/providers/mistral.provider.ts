import { Injectable } from '@nestjs/common';
import type { ProviderDialectName } from '../dialects/dialect.js';
import { AiProvider, type ProviderRequest } from './ai-provider.js';
import { OpenAiShaped } from './openai-shaped.js';

@Injectable()
@AiProvider('mistral')
export class MistralProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.mistral.ai/v1';
  readonly pricedAs = 'mistral';
  override readonly dialects: readonly [ProviderDialectName, ...ProviderDialectName[]] = ['mistral'];

  override pathOf(request: ProviderRequest): string | undefined {
    if (request.operation !== 'chat') return super.pathOf(request);
    return request.dialect === 'mistral' ? '/chat/completions' : undefined;
  }
}

import { Injectable } from '@nestjs/common';
import { AiProvider } from './ai-provider.js';
import { OpenAiShaped } from './openai-shaped.js';

@Injectable()
@AiProvider('mistral')
export class MistralProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.mistral.ai/v1';
  readonly pricedAs = 'mistral';
  readonly renamed = { seed: 'random_seed', max_completion_tokens: 'max_tokens' };
  /** Its streams tell usage in their last chunk, and it knows no `stream_options`. */
  override readonly asksForUsage = false;
}

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { credentialHeader } from '../../consumers/credential-header.js';
import type { DialectName } from '../dialects/dialect.js';
import { AiProvider, type ProviderRequest } from './ai-provider.js';
import { OpenAiShaped } from './openai-shaped.js';

const settings = z.strictObject({
  key_header: credentialHeader
    .optional()
    .describe('The header field that has the key, as it is; left out: Authorization, after Bearer'),
  responses: z.boolean().default(false).describe('Whether it has /responses, too'),
});

type CompatibleSettings = z.output<typeof settings>;

/** Any server that speaks as OpenAI does: Ollama, vLLM, llama.cpp, LM Studio, Azure OpenAI by its `/openai/v1` … */
@Injectable()
@AiProvider('openai_compatible')
export class OpenAiCompatibleProvider extends OpenAiShaped<CompatibleSettings> {
  override readonly dialects: readonly [DialectName, ...DialectName[]] = ['openai', 'openai_responses'];
  readonly settings: z.ZodType<CompatibleSettings> = settings;

  override pathOf(request: ProviderRequest<CompatibleSettings>): string | undefined {
    const isResponses = request.dialect === 'openai_responses';
    return isResponses && !request.settings.responses ? undefined : super.pathOf(request);
  }

  override headersOf(key: string | undefined, request: ProviderRequest<CompatibleSettings>) {
    const { key_header: header } = request.settings;
    return header === undefined || key === undefined ? super.headersOf(key, request) : { [header]: key };
  }
}

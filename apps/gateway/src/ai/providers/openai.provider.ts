import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DialectName } from '../dialects/dialect.js';
import { AiProvider, type ProviderRequest } from './ai-provider.js';
import { fieldText } from '../../wire/field-text.js';
import { OpenAiShaped } from './openai-shaped.js';

const settings = z.strictObject({
  organization: fieldText.optional().describe('Whose usage it is, where the key is for several'),
  project: fieldText.optional().describe('The same for projects'),
});

type OpenAiSettings = z.output<typeof settings>;

@Injectable()
@AiProvider('openai')
export class OpenAiProvider extends OpenAiShaped<OpenAiSettings> {
  readonly baseUrl = 'https://api.openai.com/v1';
  readonly pricedAs = 'openai';
  override readonly dialects: readonly [DialectName, ...DialectName[]] = ['openai', 'openai_responses'];
  override readonly renamedInConversion = {};
  readonly forwarded = ['openai-beta'];
  readonly settings: z.ZodType<OpenAiSettings> = settings;

  override headersOf(key: string | undefined, request: ProviderRequest<OpenAiSettings>) {
    const { organization, project } = request.settings;
    return {
      ...super.headersOf(key, request),
      ...(organization === undefined ? {} : { 'openai-organization': organization }),
      ...(project === undefined ? {} : { 'openai-project': project }),
    };
  }
}

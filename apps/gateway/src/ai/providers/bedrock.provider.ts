import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { AiError } from '../dialects/chat.js';
import { cohereOnBedrock, titan } from '../embeddings/bedrock.embeddings.js';
import type { EmbeddingsEndpoint } from '../embeddings/embeddings.js';
import {
  AiProvider,
  type AiProviderType,
  type Blame,
  type ProviderRequest,
  type UnauthorizedRequest,
} from './ai-provider.js';
import { type AwsCredentials, signAws } from './credentials/sign-aws.js';

const settings = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/, 'must be a region: eu-central-1')
    .describe('Where models run, and for which requests are signed'),
});

type BedrockSettings = z.output<typeof settings>;

const AWS_KEY = /^([A-Z0-9]{16,128}):([A-Za-z0-9/+=]{16,128})(?::([A-Za-z0-9/+=]+))?$/;

/** Amazon Bedrock, by its Converse API: models of all vendors in one dialect. */
@Injectable()
@AiProvider('bedrock')
export class BedrockProvider implements AiProviderType<BedrockSettings> {
  readonly dialects = ['bedrock'] as const;
  readonly pricedAs = 'aws';
  readonly settings: z.ZodType<BedrockSettings> = settings;

  addressesOf({ region }: BedrockSettings): readonly string[] {
    return [`https://bedrock-runtime.${region}.amazonaws.com`];
  }

  keyFault(key: string): string | undefined {
    if (AWS_KEY.test(key)) return undefined;
    if (/^[\x21-\x39\x3B-\x7E]+$/.test(key)) return undefined;
    return 'must be ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN where there is one, or an API key of Bedrock';
  }

  pathOf({ operation, dialect, model, stream }: ProviderRequest): string | undefined {
    if (operation !== 'chat' || dialect !== 'bedrock') return undefined;
    return `/model/${encodeURIComponent(model)}/converse${stream ? '-stream' : ''}`;
  }

  /** Converse has no vectors: models are invoked by what each vendor has for them. */
  embeddingsOf({ model }: ProviderRequest): EmbeddingsEndpoint | undefined {
    const path = `/model/${encodeURIComponent(model)}/invoke`;
    if (model.includes('titan-embed-text')) return { ...titan, path };
    return model.includes('cohere.embed') ? { ...cohereOnBedrock, path } : undefined;
  }

  headersOf(_key: string | undefined, { stream }: ProviderRequest): Readonly<Record<string, string>> {
    return stream ? { accept: 'application/vnd.amazon.eventstream' } : {};
  }

  async authorize(
    key: string,
    { request, ...rest }: UnauthorizedRequest<BedrockSettings>,
  ): Promise<Readonly<Record<string, string>>> {
    const credentials = credentialsOf(key);
    if (!credentials) return { authorization: `Bearer ${key}` };
    return signAws(rest, { service: 'bedrock', region: request.settings.region, credentials });
  }

  blameOf({ status, message, code = '' }: AiError): Blame | undefined {
    if (/model identifier is invalid|on-demand throughput isn.t supported|access to the model/i.test(message))
      return 'target';
    // A model that failed, one that is being loaded, and a quota that is used up.
    if (status === 424) return 'provider';
    return /^(?:throttling|serviceQuotaExceeded)Exception$/i.test(code) ? 'rate' : undefined;
  }
}

function credentialsOf(key: string): AwsCredentials | undefined {
  const [, accessKeyId, secretAccessKey, sessionToken] = AWS_KEY.exec(key) ?? [];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

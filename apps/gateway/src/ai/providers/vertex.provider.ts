import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { AiError } from '../dialects/chat.js';
import type { EmbeddingsEndpoint } from '../embeddings/embeddings.js';
import { isEmbedContentModel, vertexEmbedContent, vertexPredict } from '../embeddings/vertex.embeddings.js';
import {
  AiProvider,
  type AiProviderType,
  type Blame,
  type ProviderRequest,
  type UnauthorizedRequest,
} from './ai-provider.js';
import { AccessTokens } from './credentials/access-tokens.service.js';
import { assertionOf, serviceAccountOf } from './credentials/service-account.js';

const settings = z.strictObject({
  project: z
    .string()
    .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be the id of a project')
    .describe('The project that pays'),
  location: z
    .string()
    .regex(/^(?:global|us|eu|[a-z]+-[a-z]+\d{1,2})$/, 'must be global, us, eu or a region: europe-west4')
    .default('global')
    .describe('Where models run'),
});

type VertexSettings = z.output<typeof settings>;

const VERBS: Readonly<Record<string, string>> = {
  chat: 'generateContent',
  stream: 'streamGenerateContent?alt=sse',
  count_tokens: 'countTokens',
};

/** Of Anthropic's API, as Google serves it. */
const ANTHROPIC_VERSION = 'vertex-2023-10-16';

/** Vertex AI of Google Cloud: Gemini, and Claude by its own dialect. Keys are those of service accounts, in JSON. */
@Injectable()
@AiProvider('vertex')
export class VertexProvider implements AiProviderType<VertexSettings> {
  readonly dialects = ['gemini', 'anthropic'] as const;
  readonly pricedAs = 'google';
  readonly forwarded = ['anthropic-beta'];
  readonly settings: z.ZodType<VertexSettings> = settings;

  constructor(private readonly tokens: AccessTokens) {}

  addressesOf({ location }: VertexSettings): readonly string[] {
    if (location === 'global') return ['https://aiplatform.googleapis.com'];
    const isSeveral = location === 'us' || location === 'eu';
    return [
      isSeveral
        ? `https://aiplatform.${location}.rep.googleapis.com`
        : `https://${location}-aiplatform.googleapis.com`,
    ];
  }

  keyFault(key: string): string | undefined {
    return serviceAccountOf(key) ? undefined : 'must be the JSON of a key of a service account';
  }

  pathOf(request: ProviderRequest<VertexSettings>): string | undefined {
    const {
      dialect,
      model,
      settings: { project, location },
    } = request;
    const isClaude = model.startsWith('claude');
    if (dialect !== (isClaude ? 'anthropic' : 'gemini')) return undefined;
    const name = isClaude ? claude(request) : gemini(request);
    const publisher = isClaude ? 'anthropic' : 'google';
    return name && `/v1/projects/${project}/locations/${location}/publishers/${publisher}/models/${name}`;
  }

  embeddingsOf(request: ProviderRequest<VertexSettings>): EmbeddingsEndpoint | undefined {
    const {
      model,
      settings: { project, location },
    } = request;
    if (model.startsWith('claude')) return undefined;
    const isNew = isEmbedContentModel(model);
    const verb = isNew ? 'embedContent' : 'predict';
    const at = `/v1/projects/${project}/locations/${location}/publishers/google/models`;
    return {
      ...(isNew ? vertexEmbedContent : vertexPredict),
      path: `${at}/${encodeURIComponent(model)}:${verb}`,
    };
  }

  /** The path names the model, but for a count of tokens. */
  inPlaceOfModel({ dialect, operation }: ProviderRequest) {
    const isNamed = dialect === 'anthropic' && operation === 'chat';
    return isNamed ? { name: 'anthropic_version', value: ANTHROPIC_VERSION } : undefined;
  }

  headersOf(_key: string | undefined, { headers }: ProviderRequest): Readonly<Record<string, string>> {
    const beta = headers['anthropic-beta'];
    return beta === undefined ? {} : { 'anthropic-beta': beta };
  }

  async authorize(
    key: string,
    _request: UnauthorizedRequest<VertexSettings>,
  ): Promise<Readonly<Record<string, string>>> {
    const token = await this.tokens.of(key, () => assertionOf(serviceAccountOf(key)!));
    return { authorization: `Bearer ${token}` };
  }

  /** Who may not use one model may use others. */
  blameOf({ status, code, message }: AiError): Blame | undefined {
    const isOfModel = code === 'IAM_PERMISSION_DENIED' || /may not exist|not allowed to use/i.test(message);
    return status === 403 && isOfModel ? 'target' : undefined;
  }
}

function gemini({ operation, model, stream }: ProviderRequest): string | undefined {
  const verb = VERBS[operation === 'chat' && stream ? 'stream' : operation];
  return verb && `${encodeURIComponent(model)}:${verb}`;
}

function claude({ operation, model, stream }: ProviderRequest): string | undefined {
  if (operation === 'count_tokens') return 'count-tokens:rawPredict';
  return operation === 'chat' ? `${model}:${stream ? 'streamRawPredict' : 'rawPredict'}` : undefined;
}

import type { AiError } from '../dialects/chat.js';
import type { ProviderDialectName } from '../dialects/dialect.js';
import type { AiProviderType, Blame, ProviderRequest } from './ai-provider.js';

const PATHS: Readonly<Record<ProviderRequest['operation'], string | undefined>> = {
  chat: '/chat/completions',
  embeddings: '/embeddings',
  completions: '/completions',
  moderations: '/moderations',
  images: '/images/generations',
  image_edits: '/images/edits',
  image_variations: '/images/variations',
  speech: '/audio/speech',
  transcriptions: '/audio/transcriptions',
  translations: '/audio/translations',
  files: undefined,
  count_tokens: undefined,
  batch_embeddings: undefined,
};

/** What all servers have in common that took over OpenAI's API. Their base URL ends in its version, as for the SDKs. */
export abstract class OpenAiShaped<Settings = unknown> implements AiProviderType<Settings> {
  readonly dialects: readonly [ProviderDialectName, ...ProviderDialectName[]] = ['openai'];
  readonly asksForUsage: boolean = true;
  /** The newer name is OpenAI's own; some servers ignore it, and with it the bound. */
  readonly renamedInConversion: Readonly<Record<string, string>> = { max_completion_tokens: 'max_tokens' };

  pathOf({ operation, dialect }: ProviderRequest<Settings>): string | undefined {
    if (dialect === 'openai_responses') return '/responses';
    return dialect === 'openai' ? PATHS[operation] : undefined;
  }

  filesPathOf(path: string, _settings: Settings): string {
    return path;
  }

  headersOf(key: string | undefined, _request: ProviderRequest<Settings>): Readonly<Record<string, string>> {
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  /** Whoever has nothing left to spend is told so by a 429, which is nothing that waiting would change. */
  blameOf({ code }: AiError): Blame | undefined {
    return code === 'insufficient_quota' ? 'key' : undefined;
  }
}

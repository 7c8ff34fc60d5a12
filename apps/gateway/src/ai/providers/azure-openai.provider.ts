import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DialectName } from '../dialects/dialect.js';
import { AiProvider, type ProviderRequest, type UnauthorizedRequest } from './ai-provider.js';
import { AccessTokens } from './credentials/access-tokens.service.js';
import { OpenAiShaped } from './openai-shaped.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/;
const nameOf = (what: string) =>
  z.string().regex(NAME, 'must be 1 to 63 of letters, digits, . and -').describe(what);

const settings = z.strictObject({
  resource: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{1,62}$/, 'must be 2 to 63 of letters, digits and -')
    .optional()
    .describe('The name of the resource: https://NAME.openai.azure.com. Left out: base_url says where it is'),
  api_version: z
    .string()
    .regex(/^(?:v1|preview|\d{4}-\d{2}-\d{2}(?:-preview)?)$/, 'must be v1, preview or a date: 2024-10-21')
    .default('v1')
    .describe('Of the API: v1, preview (of v1), or a date, where deployments have paths of their own'),
  entra: z
    .strictObject({
      tenant: nameOf('The directory, by its id or domain'),
      client_id: nameOf('The application; the keys are its client secrets'),
      authority: z
        .url({ protocol: /^https?$/ })
        .default('https://login.microsoftonline.com')
        .describe('Where tokens come from'),
      scope: z
        .string()
        .max(200)
        .default('https://cognitiveservices.azure.com/.default')
        .describe('What tokens are for'),
    })
    .optional()
    .describe(
      'Keys are client secrets, for which Microsoft Entra gives tokens; left out: they are keys of the resource',
    ),
});

type AzureSettings = z.output<typeof settings>;

/** Azure OpenAI. Models are named by their deployments. */
@Injectable()
@AiProvider('azure_openai')
export class AzureOpenAiProvider extends OpenAiShaped<AzureSettings> {
  override readonly dialects: readonly [DialectName, ...DialectName[]] = ['openai', 'openai_responses'];
  override readonly renamedInConversion = {};
  readonly pricedAs = 'azure';
  readonly settings: z.ZodType<AzureSettings> = settings;

  constructor(private readonly tokens: AccessTokens) {
    super();
  }

  addressesOf({ resource, entra }: AzureSettings): readonly (string | undefined)[] {
    return [resource && `https://${resource}.openai.azure.com`, entra?.authority];
  }

  override pathOf(request: ProviderRequest<AzureSettings>): string | undefined {
    const path = super.pathOf(request);
    if (path === undefined) return undefined;
    const {
      model,
      dialect,
      settings: { api_version: version },
    } = request;
    if (version === 'v1') return `/openai/v1${path}`;
    if (version === 'preview') return `/openai/v1${path}?api-version=preview`;
    const place = dialect === 'openai_responses' ? '' : `/deployments/${encodeURIComponent(model)}`;
    return `/openai${place}${path}?api-version=${version}`;
  }

  override filesPathOf(path: string, { api_version: version }: AzureSettings): string {
    if (version === 'v1') return `/openai/v1${path}`;
    return version === 'preview'
      ? `/openai/v1${path}?api-version=preview`
      : `/openai${path}?api-version=${version}`;
  }

  override headersOf(
    key: string | undefined,
    { settings: { entra } }: ProviderRequest<AzureSettings>,
  ): Readonly<Record<string, string>> {
    return key === undefined || entra ? {} : { 'api-key': key };
  }

  async authorize(
    key: string,
    { request }: UnauthorizedRequest<AzureSettings>,
  ): Promise<Readonly<Record<string, string>>> {
    const { entra } = request.settings;
    if (!entra) return {};
    const { tenant, client_id, authority, scope } = entra;
    const endpoint = `${authority.replace(/\/+$/, '')}/${tenant}/oauth2/v2.0/token`;
    const form = { grant_type: 'client_credentials', client_id, client_secret: key, scope };
    const token = await this.tokens.of(JSON.stringify([endpoint, form]), () =>
      Promise.resolve({ endpoint, form }),
    );
    return { authorization: `Bearer ${token}` };
  }
}

import { Injectable } from '@nestjs/common';
import type { AiError } from '../dialects/chat.js';
import { AiProvider, type AiProviderType, type Blame, type ProviderRequest } from './ai-provider.js';

const VERSION = '2023-06-01';
/** The first whose keys are bearer tokens. */
const BEARER_SINCE = '2026-10-21';
const DATE = /^\d{4}-\d{2}-\d{2}$/;

@Injectable()
@AiProvider('anthropic')
export class AnthropicProvider implements AiProviderType {
  readonly baseUrl = 'https://api.anthropic.com';
  readonly dialects = ['anthropic'] as const;
  readonly pricedAs = 'anthropic';
  readonly forwarded = ['anthropic-version', 'anthropic-beta'];

  pathOf({ operation, dialect, query }: ProviderRequest): string | undefined {
    if (dialect !== 'anthropic') return undefined;
    const beta = query.get('beta') === 'true' ? '?beta=true' : '';
    if (operation === 'chat') return `/v1/messages${beta}`;
    return operation === 'count_tokens' ? `/v1/messages/count_tokens${beta}` : undefined;
  }

  /** Converted requests are written as the version before has them. */
  headersOf(key: string | undefined, { headers }: ProviderRequest): Readonly<Record<string, string>> {
    const asked = headers['anthropic-version'];
    const version = asked !== undefined && DATE.test(asked) ? asked : VERSION;
    const fields: Record<string, string> = { 'anthropic-version': version };
    if (key === undefined) return fields;
    if (version >= BEARER_SINCE) fields.authorization = `Bearer ${key}`;
    else fields['x-api-key'] = key;
    return fields;
  }

  /** A 400 of an account without credit. */
  blameOf({ code, message }: AiError): Blame | undefined {
    if (code === 'billing_error' || /credit balance is too low/i.test(message)) return 'key';
    return code === 'overloaded_error' ? 'provider' : undefined;
  }
}

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { authentication } from './client-authentication.js';
import type { LoginClient } from './login-client.js';
import { exchange, type ProviderAnswer } from './provider-request.js';
import { Providers } from './providers.service.js';
import type { Provider } from './provider.js';

const MAX_LIFETIME_S = 10 * 365 * 86_400;

/** Seconds; some providers send it as text. */
const seconds = z.coerce.number().positive().max(MAX_LIFETIME_S);

const renewed = z.object({
  access_token: z.string().min(1).max(16_384),
  refresh_token: z.string().min(1).max(16_384).optional(),
  id_token: z.string().max(16_384).optional(),
  expires_in: seconds.optional().catch(undefined),
  scope: z.string().optional().catch(undefined),
});

export type RenewedTokens = z.output<typeof renewed>;

/** Asks the token endpoint of a provider for what is no login: a session's tokens anew, or an end to them. */
@Injectable()
export class ProviderTokens {
  constructor(private readonly providers: Providers) {}

  /**
   * RFC 6749 §6.
   * @returns undefined when the provider says that the refresh token is no longer good
   * @throws when it says nothing of the kind
   */
  async refresh(
    client: LoginClient,
    refreshToken: string,
    signal: AbortSignal,
  ): Promise<RenewedTokens | undefined> {
    const provider = await this.providers.of(client.issuer);
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const { status, json } = await this.post(client, provider, provider.tokenUrl, form, signal);
    if (status === 200) return renewed.parse(json);
    if (status === 400 && json.error === 'invalid_grant') return undefined;
    throw new Error(`the token endpoint answers ${status} ${String(json.error).slice(0, 100)}`);
  }

  /** RFC 7009; a provider without that endpoint forgets the token by itself. */
  async revoke(client: LoginClient, refreshToken: string): Promise<void> {
    const provider = await this.providers.of(client.issuer);
    if (provider.revocationUrl === undefined) return;
    const form = new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token' });
    await this.post(client, provider, provider.revocationUrl, form);
  }

  private async post(
    client: LoginClient,
    { dispatcher }: Provider,
    url: string,
    form: URLSearchParams,
    signal?: AbortSignal,
  ): Promise<ProviderAnswer> {
    const headers = await authentication(client)(form);
    return exchange(url, { dispatcher, method: 'POST', headers, form, signal });
  }
}

/** When an access token expires, in epoch milliseconds, as far as its provider says. */
export function expiryOf(expiresIn: unknown): number | undefined {
  const { data } = seconds.safeParse(expiresIn);
  return data === undefined ? undefined : Date.now() + data * 1000;
}

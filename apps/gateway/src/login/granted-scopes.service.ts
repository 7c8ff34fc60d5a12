import { InvalidTokenError, parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { AccessTokens } from '../tokens/access-tokens.service.js';
import type { LoginClient } from './login-client.js';
import type { Provider } from './provider.js';

/** What the token endpoint of a provider answered, as far as it tells of scopes. */
export interface TokenGrant {
  readonly accessToken: string;
  /** Whose tokens they are. */
  readonly subject: string | undefined;
  /** `scope` of the answer. */
  readonly scope: unknown;
}

/** Finds out what an access token is good for. */
@Injectable()
export class GrantedScopes {
  constructor(private readonly accessTokens: AccessTokens) {}

  /**
   * @param otherwise what counts where the provider does not say
   * @throws InvalidTokenError when a token of our own is another one than it should be; Problem 503
   */
  async of(
    client: LoginClient,
    provider: Provider,
    grant: TokenGrant,
    otherwise: readonly string[],
  ): Promise<readonly string[]> {
    if (provider.isOurs) return this.ofOurs(client, grant);
    return typeof grant.scope === 'string' ? (parseScope(grant.scope) ?? []) : otherwise;
  }

  /** Our own access tokens can be read: what one is good for is said nowhere better. */
  private async ofOurs({ clientId }: LoginClient, { accessToken, subject }: TokenGrant) {
    const { claims, scopes } = await this.accessTokens.verify(accessToken);
    if (claims.sub !== subject) throw new InvalidTokenError('The access token is about another person');
    if (claims.client_id !== clientId) throw new InvalidTokenError('The access token is for another client');
    return scopes;
  }
}

import { Store } from '@gatehouse/store';
import {
  type AccessTokenClaims,
  hashOf,
  InvalidTokenError,
  newSecret,
  parseScope,
  type VerifiedAccessToken,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';

/** Tells an opaque access token from a JWT and from a refresh token at a glance. */
const PREFIX = 'at_';

/** Access tokens that say nothing by themselves: 256 random bits; the store has what they stand for, under their hash. */
@Injectable()
export class OpaqueTokens {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** @param lifetime in seconds */
  async issue(claims: AccessTokenClaims, lifetime: number): Promise<string> {
    const token = PREFIX + newSecret();
    await this.store.set(keyOf(token), JSON.stringify(claims), lifetime);
    return token;
  }

  isOpaque(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /** @throws InvalidTokenError when it is unknown, or has expired */
  async read(token: string): Promise<VerifiedAccessToken> {
    const found = await this.store.get(keyOf(token));
    const claims = found === undefined ? undefined : (JSON.parse(found) as AccessTokenClaims);
    if (!claims || claims.exp <= Date.now() / 1000)
      throw new InvalidTokenError('The token is unknown or has expired');
    const { aud, scope } = claims;
    return {
      claims,
      audiences: typeof aud === 'string' ? [aud] : aud,
      scopes: (scope !== undefined && parseScope(scope)) || [],
      kid: '',
    };
  }
}

function keyOf(token: string): string {
  return `access-token:${hashOf(token)}`;
}

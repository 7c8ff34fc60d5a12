import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { Subjects } from '../claims/subjects.service.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { AccessTokens } from './access-tokens.service.js';
import type { TokenRequest, TokenResponse } from './grant-type.js';
import { IdTokens } from './id-tokens.service.js';

/** What a user has given a client, whichever grant type asks for its tokens. */
export interface UserAuthorization {
  readonly grantId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** Epoch seconds. */
  readonly authTime: number;
  readonly nonce?: string | undefined;
  readonly amr?: readonly string[] | undefined;
}

/** Issues the access token, and with scope `openid` the ID Token, of a user's grant. */
@Injectable()
export class UserTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly idTokens: IdTokens,
    private readonly resources: ResourcesService,
    private readonly subjects: Subjects,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws OAuthError invalid_target when a resource is asked for that the grant does not hold */
  async issue(
    { client, resource, address, confirmation }: TokenRequest,
    authorization: UserAuthorization,
  ): Promise<TokenResponse> {
    const { grantId, userId, authTime } = authorization;
    const { scopes, audience } = await this.target(authorization, resource);
    const access = await this.accessTokens.issue({
      client,
      subject: this.subjects.of(client, userId),
      userId,
      scopes,
      audience,
      grantId,
      authTime,
      address,
      confirmation,
    });
    if (!authorization.scopes.includes('openid')) return access;
    const { nonce, amr } = authorization;
    const accessToken = access.access_token;
    return {
      ...access,
      id_token: await this.idTokens.issue({
        client,
        userId,
        scopes: authorization.scopes,
        authTime,
        nonce,
        amr,
        accessToken,
      }),
    };
  }

  private async target({ scopes, resources }: UserAuthorization, resource: readonly string[]) {
    // /userinfo takes tokens whose audience is the issuer; so `openid` asks for it.
    const all = scopes.includes('openid') ? [...new Set([...resources, this.config.issuer])] : resources;
    if (resource.length === 0) return { scopes, audience: all.length > 0 ? all : [this.config.issuer] };
    if (!resource.every((one) => all.includes(one))) {
      throw new OAuthError(
        'invalid_target',
        'resource is not among those that were authorized (RFC 8707 section 2.2)',
      );
    }
    // RFC 8707 §2.2: a token for fewer resources has the scopes that mean something there.
    return { scopes: await this.resources.scopesOf(scopes, resource), audience: [...new Set(resource)] };
  }
}

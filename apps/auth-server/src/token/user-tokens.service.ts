import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { type AuthorizationDetail, DetailsReader } from '../authorize/authorization-details.js';
import { type ClaimsRequest, namesOf } from '../authorize/claims-request.js';
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
  readonly sid?: string | undefined;
  /** The `claims` parameter of its request (OpenID Connect Core §5.5). */
  readonly claims?: ClaimsRequest | null | undefined;
  /** RFC 9396. */
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
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
    @Optional() @Inject(DetailsReader) private readonly details?: DetailsReader,
  ) {}

  /** @throws OAuthError invalid_target when a resource is asked for that the grant does not hold */
  async issue(request: TokenRequest, authorization: UserAuthorization): Promise<TokenResponse> {
    const access = await this.accessToken(request, authorization);
    if (!authorization.scopes.includes('openid')) return access;
    const { client } = request;
    const { userId, scopes, authTime, nonce, amr, sid } = authorization;
    const requested = namesOf(authorization.claims?.id_token);
    const accessToken = access.access_token;
    return {
      ...access,
      id_token: await this.idTokens.issue({
        client,
        userId,
        scopes,
        authTime,
        nonce,
        amr,
        sid,
        accessToken,
        requested,
      }),
    };
  }

  /** The access token alone. @throws OAuthError invalid_target */
  async accessToken(request: TokenRequest, authorization: UserAuthorization) {
    const { client, resource, address, confirmation } = request;
    const { grantId, userId, authTime, amr } = authorization;
    const { scopes, audience } = await this.target(authorization, resource);
    const authorizationDetails = await this.authorizationDetails(request, authorization);
    const response = await this.accessTokens.issue({
      client,
      subject: this.subjects.of(client, userId),
      userId,
      scopes,
      audience,
      grantId,
      authTime,
      amr,
      authorizationDetails,
      address,
      confirmation,
    });
    if (authorizationDetails.length === 0) return response;
    return { ...response, authorization_details: authorizationDetails };
  }

  /** RFC 9396 §6 and §9.1: what was granted, or less; and of it what is for the resources that are asked for. */
  private async authorizationDetails(
    { client, parameters, resource }: TokenRequest,
    { authorizationDetails: granted = [] }: UserAuthorization,
  ): Promise<readonly AuthorizationDetail[]> {
    const { authorization_details: asked } = parameters;
    const details =
      asked === undefined || !this.details ? granted : await this.details.narrow(client, granted, asked);
    if (resource.length === 0) return details;
    return details.filter(
      ({ locations }) =>
        !Array.isArray(locations) || locations.some((one) => resource.includes(one as string)),
    );
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

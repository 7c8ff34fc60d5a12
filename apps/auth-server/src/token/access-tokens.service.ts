import { randomUUID } from 'node:crypto';
import { OAuthError } from '@gatehouse/http';
import {
  ACCESS_TOKEN_TYPE,
  type Actor,
  type AccessTokenClaims,
  type Confirmation,
  formatScope,
  tokenTypeOf,
} from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { Claims } from '../claims/claims.service.js';
import { acrOf } from '../acr/acr.js';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { TokenResponse } from './grant-type.js';
import { OpaqueTokens } from './opaque-tokens.service.js';

export interface AccessTokenRequest {
  readonly client: Client;
  /** `sub`: the user, or the client itself (RFC 9068 §2.2). */
  readonly subject: string;
  /** The user behind it, when there is one. */
  readonly userId?: string | undefined;
  readonly scopes: readonly string[];
  /** The resources it is for; the issuer, which /userinfo asks for, is added by the caller where it belongs. */
  readonly audience: readonly string[];
  readonly grantId?: string | undefined;
  /** How the user was authenticated (RFC 8176); tells APIs whether to ask for more (RFC 9470 §6). */
  readonly amr?: readonly string[] | undefined;
  /** RFC 9396 §9.1. */
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
  /** Epoch seconds. */
  readonly authTime?: number | undefined;
  /** Epoch seconds that it does not outlive: where it comes from another token. */
  readonly notAfter?: number | undefined;
  /** Who acts for the subject (RFC 8693 §4.1). */
  readonly actor?: Actor | undefined;
  readonly address: string;
  /** What it is bound to: that of the `TokenRequest`. */
  readonly confirmation?: Confirmation | undefined;
}

type AccessTokenResponse = Pick<TokenResponse, 'access_token' | 'token_type' | 'expires_in' | 'scope'>;

/** Issues access tokens: in the JWT profile of RFC 9068, signed with ES256, unless their resources want something else. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: KeysService,
    private readonly resources: ResourcesService,
    private readonly opaqueTokens: OpaqueTokens,
    private readonly claims: Claims,
    private readonly audit: Audit,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async issue(request: AccessTokenRequest): Promise<AccessTokenResponse> {
    const {
      client,
      subject,
      userId,
      audience,
      grantId,
      authTime,
      amr,
      authorizationDetails = [],
      address,
      confirmation,
    } = request;
    checkBound(client, confirmation);
    const settings = await this.resources.tokenSettings(audience);
    const iat = Math.floor(Date.now() / 1000);
    const lifetime = Math.min(
      client.metadata.access_token_lifetime,
      settings.lifetime ?? Infinity,
      (request.notAfter ?? Infinity) - iat,
    );
    const scope = formatScope(request.scopes);
    const known = await this.claims.collect({
      userId,
      client,
      scopes: request.scopes,
      destination: 'access_token',
      mapping: settings.claims,
    });
    const claims: AccessTokenClaims = {
      ...known,
      iss: this.config.issuer,
      sub: subject,
      aud: audience.length === 1 ? audience[0]! : [...audience],
      client_id: client.clientId,
      scope,
      iat,
      exp: iat + lifetime,
      jti: randomUUID(),
      ...(grantId === undefined ? {} : { grant_id: grantId }),
      ...(authTime === undefined ? {} : { auth_time: authTime }),
      ...(confirmation === undefined ? {} : { cnf: confirmation }),
      ...(amr === undefined ? {} : { acr: acrOf(amr), amr }),
      ...(authorizationDetails.length === 0 ? {} : { authorization_details: authorizationDetails }),
      ...(request.actor === undefined ? {} : { act: request.actor }),
    };
    const token =
      settings.format === 'opaque'
        ? await this.opaqueTokens.issue(claims, lifetime)
        : await this.keys.sign(settings.alg, ACCESS_TOKEN_TYPE, claims);
    this.audit.record({
      type: 'token.issued',
      clientId: client.clientId,
      userId: userId ?? subject,
      address,
      detail: { jti: claims.jti, scope },
    });
    return { access_token: token, token_type: tokenTypeOf(confirmation), expires_in: lifetime, scope };
  }
}

/** Where no proof can be given (an authorization response, say), such a client gets no token at all. */
function checkBound({ metadata }: Client, confirmation: Confirmation | undefined): void {
  if (metadata.dpop_bound_access_tokens && confirmation?.jkt === undefined)
    throw new OAuthError('invalid_request', 'The client has only DPoP-bound tokens (RFC 9449 section 5.2)');
  if (metadata.tls_client_certificate_bound_access_tokens && confirmation?.['x5t#S256'] === undefined)
    throw new OAuthError(
      'invalid_request',
      'The client has only certificate-bound tokens (RFC 8705 section 3)',
    );
}

import { OAuthError } from '@gatehouse/http';
import { isCodeVerifier, verifiesChallenge } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../audit/audit.service.js';
import { GrantsService } from '../../grants/grants.service.js';
import { RefreshTokens } from '../../grants/refresh-tokens.service.js';
import { type Authorization, AuthorizationCodes } from '../authorization-codes.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../grant-type.js';
import { UserTokens } from '../user-tokens.service.js';

/** RFC 6749 §4.1.3, RFC 7636 §4.5, OpenID Connect Core §3.1.3. */
@Injectable()
@GrantType('authorization_code')
export class AuthorizationCodeGrant implements GrantHandler {
  constructor(
    private readonly codes: AuthorizationCodes,
    private readonly grants: GrantsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly tokens: UserTokens,
    private readonly audit: Audit,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { code } = request.parameters;
    if (code === undefined)
      throw new OAuthError('invalid_request', 'code is missing (RFC 6749 section 4.1.3)');
    const redemption = await this.codes.redeem(code);
    if (redemption.outcome === 'again') await this.revokeReplayed(redemption.grantId, request);
    if (redemption.outcome !== 'first')
      throw new OAuthError('invalid_grant', 'The code is unknown, used or expired');
    const { authorization } = redemption;
    this.check(authorization, request);
    const grant = await this.grants.find(authorization.grantId);
    if (!grant || grant.revokedAt) throw new OAuthError('invalid_grant', 'The authorization was revoked');
    const response = await this.tokens.issue(request, authorization);
    // OpenID Connect Core §11: a refresh token is for a client that asked for offline access, and was given it.
    const offline = authorization.scopes.includes('offline_access');
    if (!offline || !request.client.metadata.grant_types.includes('refresh_token')) return response;
    const { client, confirmation } = request;
    return { ...response, refresh_token: await this.refreshTokens.issue(grant, client, confirmation) };
  }

  private check(authorization: Authorization, { client, parameters, confirmation }: TokenRequest): void {
    if (authorization.clientId !== client.clientId) {
      throw new OAuthError('invalid_grant', 'The code was issued to another client');
    }
    if (authorization.dpopJkt !== undefined && authorization.dpopJkt !== confirmation?.jkt) {
      throw new OAuthError('invalid_grant', 'The code is bound to another DPoP key (RFC 9449 section 10)');
    }
    const { redirect_uri: redirectUri, code_verifier: codeVerifier } = parameters;
    const mayOmit = !authorization.redirectUriGiven && redirectUri === undefined;
    if (!mayOmit && redirectUri !== authorization.redirectUri) {
      throw new OAuthError('invalid_grant', 'redirect_uri is not the one of the authorization request');
    }
    if (authorization.codeChallenge === undefined) {
      // A verifier without a challenge is how a PKCE downgrade looks (RFC 9700 §4.8.2).
      if (codeVerifier !== undefined)
        throw new OAuthError('invalid_grant', 'The code was issued without a code_challenge');
      return;
    }
    if (codeVerifier === undefined)
      throw new OAuthError('invalid_grant', 'code_verifier is missing (RFC 7636 section 4.5)');
    if (!isCodeVerifier(codeVerifier)) {
      throw new OAuthError(
        'invalid_grant',
        'code_verifier must be 43 to 128 unreserved characters (RFC 7636 section 4.1)',
      );
    }
    if (!verifiesChallenge(codeVerifier, authorization.codeChallenge)) {
      throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge');
    }
  }

  /** RFC 6749 §4.1.2: a second use takes back what the first one gave. Only its own client can cause that. */
  private async revokeReplayed(grantId: string, { client, address }: TokenRequest): Promise<void> {
    const grant = await this.grants.find(grantId);
    if (!grant || grant.clientId !== client.clientId || grant.revokedAt) return;
    await this.grants.revoke(grantId);
    this.audit.record({
      type: 'code.replayed',
      clientId: client.clientId,
      userId: grant.userId,
      address,
      detail: { grant: grantId },
    });
  }
}

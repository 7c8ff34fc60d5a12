import { OAuthError } from '@gatehouse/http';
import { InvalidTokenError, type VerifiedAccessToken } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { GrantsService } from '../grants/grants.service.js';
import { RefreshTokens } from '../grants/refresh-tokens.service.js';
import { AccessTokenReader } from '../token/access-token-reader.service.js';
import { RevocationsService } from './revocations.service.js';

/** Revokes a token for the client it was issued to. */
@Injectable()
export class RevocationService {
  constructor(
    private readonly accessTokens: AccessTokenReader,
    private readonly revocations: RevocationsService,
    private readonly grants: GrantsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly audit: Audit,
  ) {}

  /**
   * A refresh token takes all of its grant with it, an access token only itself (RFC 7009 §2.1). A token that is not
   * valid needs no revoking, and is no error (§2.2).
   * @throws OAuthError when the token was issued to another client
   */
  async revoke(token: string, clientId: string): Promise<void> {
    const refresh = await this.refreshTokens.find(token);
    if (refresh) {
      this.checkOwner(refresh.clientId, clientId);
      await this.grants.revoke(refresh.grantId);
      this.audit.record({
        type: 'grant.revoked',
        clientId,
        userId: refresh.userId,
        detail: { grant: refresh.grantId },
      });
      return;
    }
    const access = await this.read(token);
    if (!access) return;
    this.checkOwner(access.claims.client_id, clientId);
    await this.revocations.revoke('jti', access.claims.jti, { expiresAt: access.claims.exp });
    this.audit.record({
      type: 'token.revoked',
      clientId,
      userId: access.claims.sub,
      detail: { jti: access.claims.jti },
    });
  }

  private checkOwner(owner: string, clientId: string): void {
    if (owner !== clientId) throw new OAuthError('invalid_grant', 'The token was issued to another client');
  }

  private async read(token: string): Promise<VerifiedAccessToken | undefined> {
    try {
      return await this.accessTokens.read(token);
    } catch (error) {
      if (error instanceof InvalidTokenError) return undefined;
      throw error;
    }
  }
}

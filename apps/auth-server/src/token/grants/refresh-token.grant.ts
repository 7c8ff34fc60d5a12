import { isFapi2 } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { type Confirmation, missingScopes, parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../audit/audit.service.js';
import type { Client } from '../../clients/client.entity.js';
import { GrantsService } from '../../grants/grants.service.js';
import { type FoundRefreshToken, RefreshTokens } from '../../grants/refresh-tokens.service.js';
import { ResourcesService } from '../../resources/resources.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../grant-type.js';
import { UserTokens } from '../user-tokens.service.js';

/** RFC 6749 §6, with rotation (RFC 9700 §4.14.2). */
@Injectable()
@GrantType('refresh_token')
export class RefreshTokenGrant implements GrantHandler {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly grants: GrantsService,
    private readonly tokens: UserTokens,
    private readonly resources: ResourcesService,
    private readonly audit: Audit,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { refresh_token: token, scope } = request.parameters;
    if (token === undefined)
      throw new OAuthError('invalid_request', 'refresh_token is missing (RFC 6749 section 6)');
    const found = await this.refreshTokens.find(token);
    // A token of another client is told apart from an unknown one by nobody.
    if (!found || found.clientId !== request.client.clientId || found.revoked || found.expired)
      throw invalid();
    checkBinding(found, request);
    const scopes = narrowed(stillAllowed(found.scopes, request.client), scope);
    const resources = await this.resources.withoutUnused(found.resources, found.scopes, scopes);
    const authTime = Math.floor(found.authTime.getTime() / 1000);
    // Issued before the old token is spent: a request that fails for its scope or resource costs the client nothing.
    const response = await this.tokens.issue(request, { ...found, scopes, resources, authTime });
    return { ...response, refresh_token: await this.successor(token, found, request) };
  }

  private async successor(token: string, found: FoundRefreshToken, request: TokenRequest): Promise<string> {
    // FAPI 2.0 Security Profile §5.3.2.1: its clients prove who they are, and keep the one token.
    if (isFapi2(request.client.metadata) && !found.used) return token;
    const fresh = found.used ? undefined : await this.refreshTokens.rotate(token, request.client);
    if (fresh !== undefined) return fresh;
    // Used already, perhaps this very moment by another request of the same client.
    const current = found.used ? found : await this.refreshTokens.find(token);
    if (current?.successor !== undefined && !(await this.refreshTokens.isUsed(current.successor))) {
      return current.successor;
    }
    if (current && !current.revoked) await this.revokeFamily(current, request);
    throw invalid();
  }

  /** Two parties hold the token, and one of them is a thief: the whole grant ends (RFC 9700 §4.14.2). */
  private async revokeFamily(
    { grantId, userId }: FoundRefreshToken,
    { client, address }: TokenRequest,
  ): Promise<void> {
    await this.grants.revoke(grantId);
    this.audit.record({
      type: 'refresh_token.reused',
      clientId: client.clientId,
      userId,
      address,
      detail: { grant: grantId },
    });
  }
}

/** RFC 9449 §5, RFC 8705 §4: only with the key that it is bound to. */
function checkBinding({ confirmation = {} }: FoundRefreshToken, request: TokenRequest): void {
  const proven: Confirmation = request.confirmation ?? {};
  const members = Object.keys(confirmation) as (keyof Confirmation)[];
  if (!members.every((member) => proven[member] === confirmation[member]))
    throw new OAuthError(
      'invalid_grant',
      'The refresh token is bound to a key that the request does not prove',
    );
}

/** What an administrator has taken from the client since is not given again. */
function stillAllowed(granted: readonly string[], client: Client): readonly string[] {
  const registered = parseScope(client.metadata.scope) ?? [];
  return granted.filter((scope) => registered.includes(scope));
}

/** RFC 6749 §6: the same scopes, or fewer. */
function narrowed(granted: readonly string[], scope: string | undefined): readonly string[] {
  if (scope === undefined) return granted;
  const asked = parseScope(scope);
  if (!asked || missingScopes(granted, asked).length > 0) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted (RFC 6749 section 6)');
  }
  return asked;
}

function invalid(): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is unknown, used, expired or revoked');
}

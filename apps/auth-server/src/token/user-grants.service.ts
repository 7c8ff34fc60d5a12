import { OAuthError } from '@gatehouse/http';
import { parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { GrantsService } from '../grants/grants.service.js';
import { RefreshTokens } from '../grants/refresh-tokens.service.js';
import { UsersService } from '../users/users.service.js';
import type { TokenRequest, TokenResponse } from './grant-type.js';
import { type UserAuthorization, UserTokens } from './user-tokens.service.js';

/** What a user agreed to without an authorization code. */
export type Agreement = Omit<UserAuthorization, 'grantId'>;

/** Turns a user's agreement into a grant and its tokens. */
@Injectable()
export class UserGrants {
  constructor(
    private readonly users: UsersService,
    private readonly grants: GrantsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly tokens: UserTokens,
    private readonly audit: Audit,
  ) {}

  /** @throws OAuthError invalid_grant when the user is gone, or the client may not have it any more */
  async issue(request: TokenRequest, agreement: Agreement): Promise<TokenResponse> {
    const { client, confirmation, address } = request;
    const { userId, scopes, resources, authTime } = agreement;
    const registered = parseScope(client.metadata.scope) ?? [];
    if (!(await this.users.find(userId)) || !scopes.every((scope) => registered.includes(scope)))
      throw new OAuthError('invalid_grant', 'What was agreed to does not hold any more');
    const grant = await this.grants.create({
      clientId: client.clientId,
      userId,
      scopes: [...scopes],
      resources: [...resources],
      authTime: new Date(authTime * 1000),
    });
    this.audit.record({
      type: 'grant.created',
      clientId: client.clientId,
      userId,
      address,
      detail: { grant: grant.id, scopes },
    });
    const response = await this.tokens.issue(request, { ...agreement, grantId: grant.id });
    const refreshes = client.metadata.grant_types.includes('refresh_token');
    if (!refreshes || !scopes.includes('offline_access')) return response;
    return { ...response, refresh_token: await this.refreshTokens.issue(grant, client, confirmation) };
  }
}

import { OAuthError } from '@gatehouse/http';
import { parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Audit } from '../audit/audit.service.js';
import { ConsentPolicies } from '../consent/consent-policies.service.js';
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
    private readonly policies: ConsentPolicies,
    private readonly grants: GrantsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly tokens: UserTokens,
    private readonly audit: Audit,
  ) {}

  /**
   * @param asked whether the person said yes to just this
   * @throws OAuthError invalid_grant when the user is gone, or the client may not have it any more; access_denied
   *   where a policy on consent refuses it (authentik CVE-2024-38371: it holds for every way to a grant)
   */
  async issue(request: TokenRequest, agreement: Agreement, asked: boolean): Promise<TokenResponse> {
    const { client, confirmation, address } = request;
    const { userId, scopes, resources, authTime } = agreement;
    const registered = parseScope(client.metadata.scope) ?? [];
    if (!(await this.users.find(userId)) || !scopes.every((scope) => registered.includes(scope)))
      throw new OAuthError('invalid_grant', 'What was agreed to does not hold any more');
    await this.checkPolicies(request, agreement, asked);
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

  private async checkPolicies({ client }: TokenRequest, agreement: Agreement, asked: boolean): Promise<void> {
    const { userId, scopes, resources, authorizationDetails = [] } = agreement;
    const question = {
      client,
      userId,
      scopes,
      resources,
      authorizationDetails,
      claims: [],
      remembered: false,
    };
    const decision = await this.policies.decide(question);
    // Who must be asked, and cannot be, has not agreed.
    if (decision === 'refuse' || (decision === 'ask' && !asked))
      throw new OAuthError('access_denied', 'The client may not have this of the user', { status: 400 });
  }
}

import { OAuthError } from '@gatehouse/http';
import { missingScopes, parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import {
  AccessTokens,
  type GrantHandler,
  GrantType,
  ResourcesService,
  type TokenRequest,
  type TokenResponse,
} from '../../../apps/auth-server/src/extension.js';
import { Badges } from './badges.service.js';

/** A client that is registered for this grant type (a door reader) sends `badge`, and acts for who carries it. */
@Injectable()
@GrantType('urn:example:grant-type:badge')
export class BadgeGrant implements GrantHandler {
  constructor(
    private readonly badges: Badges,
    private readonly resources: ResourcesService,
    private readonly accessTokens: AccessTokens,
  ) {}

  async handle({ client, parameters, resource, address }: TokenRequest): Promise<TokenResponse> {
    const { badge, scope = '' } = parameters;
    if (badge === undefined) throw new OAuthError('invalid_request', 'badge is missing');
    const asked = parseScope(scope);
    const registered = parseScope(client.metadata.scope) ?? [];
    if (!asked || asked.length === 0 || missingScopes(registered, asked).length > 0) {
      throw new OAuthError('invalid_scope', 'scope must be of those that the client is registered for');
    }
    const subject = await this.badges.carrierOf(badge);
    if (subject === undefined) throw new OAuthError('invalid_grant', 'The badge is not known');
    const { scopes, resources: audience } = await this.resources.resolve(asked, resource);
    if (audience.length === 0) throw new OAuthError('invalid_scope', 'scope names no API');
    return this.accessTokens.issue({ client, subject, scopes, audience, address });
  }
}

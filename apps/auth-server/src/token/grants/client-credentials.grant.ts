import { OAuthError } from '@gatehouse/http';
import { parseScope } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { OPENID_SCOPES, ResourcesService } from '../../resources/resources.service.js';
import { AccessTokens } from '../access-tokens.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../grant-type.js';

/** RFC 6749 §4.4: the client acts for itself. */
@Injectable()
@GrantType('client_credentials')
export class ClientCredentialsGrant implements GrantHandler {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly resources: ResourcesService,
  ) {}

  async handle({
    client,
    parameters,
    resource,
    address,
    confirmation,
  }: TokenRequest): Promise<TokenResponse> {
    const scopes = scopesFor(client.metadata.scope, parameters.scope);
    const target = await this.resources.resolve(scopes, resource);
    if (target.resources.length === 0) {
      throw new OAuthError(
        'invalid_scope',
        'The client has no scope of any API; register one, or ask for one',
      );
    }
    return this.accessTokens.issue({
      client,
      subject: client.clientId,
      scopes: target.scopes,
      audience: target.resources,
      address,
      confirmation,
    });
  }
}

/** What was asked for, or all the client is registered for; nothing about a user, as there is none. */
function scopesFor(registered: string, asked: string | undefined): readonly string[] {
  const allowed = parseScope(registered)!.filter((scope) => !(scope in OPENID_SCOPES));
  if (asked === undefined) return allowed;
  const scopes = parseScope(asked);
  if (!scopes) throw new OAuthError('invalid_scope', 'scope is malformed (RFC 6749 section 3.3)');
  const refused = scopes.find((scope) => !allowed.includes(scope));
  if (refused !== undefined) {
    throw new OAuthError(
      'invalid_scope',
      `The client may not ask for the scope ${refused} by client_credentials`,
    );
  }
  return scopes;
}

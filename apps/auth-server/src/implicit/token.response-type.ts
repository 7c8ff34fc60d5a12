import { Injectable } from '@nestjs/common';
import {
  type Agreement,
  ResponseType,
  type ResponseTypeHandler,
} from '../authorize/response-types/response-type.js';
import { UserTokens } from '../token/user-tokens.service.js';
import { ImplicitWarning } from './implicit-warning.service.js';

/** RFC 6749 §4.2.2: an access token straight from the authorization endpoint; never a refresh token. */
@Injectable()
@ResponseType('token')
export class TokenResponseType implements ResponseTypeHandler {
  readonly grantType = 'implicit';

  constructor(
    private readonly tokens: UserTokens,
    private readonly warning: ImplicitWarning,
  ) {}

  async issue({ request, client, session, grant, address }: Agreement) {
    this.warning.warn(client.clientId);
    const token = await this.tokens.accessToken(
      { client, parameters: {}, resource: [], address },
      {
        grantId: grant.id,
        userId: session.userId,
        scopes: request.scopes,
        resources: request.resources,
        authTime: session.authTime,
        amr: session.amr,
        authorizationDetails: request.authorizationDetails,
      },
    );
    return {
      access_token: token.access_token,
      token_type: token.token_type,
      expires_in: String(token.expires_in),
      scope: token.scope,
    };
  }
}

import { Injectable } from '@nestjs/common';
import type { AuthorizationRequest } from '../authorize/authorization-request.js';
import {
  type Agreement,
  ResponseType,
  type ResponseTypeHandler,
} from '../authorize/response-types/response-type.js';
import type { Client } from '../clients/client.entity.js';
import { UserTokens } from '../token/user-tokens.service.js';
import { ImplicitUse } from './implicit-use.service.js';

/** RFC 6749 §4.2.2: an access token straight from the authorization endpoint; never a refresh token. */
@Injectable()
@ResponseType('token')
export class TokenResponseType implements ResponseTypeHandler {
  readonly grantType = 'implicit';

  constructor(
    private readonly tokens: UserTokens,
    private readonly use: ImplicitUse,
  ) {}

  check(_request: AuthorizationRequest, client: Client): void {
    this.use.check(client);
  }

  async issue(agreement: Agreement) {
    const { request, client, session, grant, address } = agreement;
    this.use.remind(agreement);
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

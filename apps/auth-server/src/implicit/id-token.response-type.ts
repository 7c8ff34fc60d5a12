import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { AuthorizationRequest } from '../authorize/authorization-request.js';
import { namesOf } from '../authorize/claims-request.js';
import type { AnswerMembers } from '../authorize/response-modes/response-mode.js';
import {
  type Agreement,
  ResponseType,
  type ResponseTypeHandler,
} from '../authorize/response-types/response-type.js';
import type { Client } from '../clients/client.entity.js';
import { IdTokens } from '../token/id-tokens.service.js';
import { ImplicitUse } from './implicit-use.service.js';

/** OpenID Connect Core §3.2.2.5 and §3.3.2.5: an ID Token straight from the authorization endpoint. */
@Injectable()
@ResponseType('id_token')
export class IdTokenResponseType implements ResponseTypeHandler {
  readonly grantType = 'implicit';

  constructor(
    private readonly idTokens: IdTokens,
    private readonly use: ImplicitUse,
  ) {}

  check({ scopes, nonce }: AuthorizationRequest, client: Client): void {
    this.use.check(client);
    if (!scopes.includes('openid'))
      throw new OAuthError('invalid_scope', 'An id_token needs the scope openid');
    // OpenID Connect Core §3.2.2.1, §3.3.2.11.
    if (nonce === undefined) throw new OAuthError('invalid_request', 'nonce is required for an id_token');
  }

  async issue(agreement: Agreement, issued: AnswerMembers) {
    const { request, client, session } = agreement;
    this.use.remind(agreement);
    const { userId, authTime, amr, sid } = session;
    const idToken = await this.idTokens.issue({
      client,
      userId,
      scopes: request.scopes,
      requested: namesOf(request.claims?.id_token),
      authTime,
      amr,
      sid,
      nonce: request.nonce,
      accessToken: issued.access_token,
      code: issued.code,
    });
    return { id_token: idToken };
  }
}

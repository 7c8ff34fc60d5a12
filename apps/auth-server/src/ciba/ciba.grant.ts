import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { PolledTokens } from '../polling/polled-tokens.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../token/grant-type.js';
import { BackchannelRequests } from './backchannel-requests.service.js';

export const CIBA = 'urn:openid:params:grant-type:ciba';

/** OpenID CIBA Core §10.1 and §11, for clients that poll and for those that are pinged first. */
@Injectable()
@GrantType(CIBA)
export class CibaGrant implements GrantHandler {
  constructor(
    private readonly requests: BackchannelRequests,
    private readonly tokens: PolledTokens,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const id = request.parameters.auth_req_id;
    if (id === undefined)
      throw new OAuthError('invalid_request', 'auth_req_id is missing (OpenID CIBA Core section 10.1)');
    const { polled } = this.requests;
    return this.tokens.poll(polled, polled.idOf(id), request);
  }
}

import { Injectable } from '@nestjs/common';
import { AuthorizationCodes } from '../../token/authorization-codes.service.js';
import { type Agreement, ResponseType, type ResponseTypeHandler } from './response-type.js';

/** RFC 6749 §4.1.2. */
@Injectable()
@ResponseType('code')
export class CodeResponseType implements ResponseTypeHandler {
  readonly grantType = 'authorization_code';

  constructor(private readonly codes: AuthorizationCodes) {}

  async issue({ request, session, grant }: Agreement) {
    const {
      clientId,
      redirectUri,
      redirectUriGiven,
      scopes,
      resources,
      codeChallenge,
      nonce,
      dpopJkt,
      claims,
      authorizationDetails,
    } = request;
    const { userId, authTime, amr, sid } = session;
    const code = await this.codes.issue({
      grantId: grant.id,
      clientId,
      redirectUri,
      redirectUriGiven,
      codeChallenge,
      userId,
      scopes,
      resources,
      nonce,
      dpopJkt,
      claims,
      authorizationDetails,
      authTime,
      amr,
      sid,
    });
    return { code };
  }
}

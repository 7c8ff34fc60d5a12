import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type GrantHandler, GrantType, type TokenResponse } from '../token/grant-type.js';

/** Lets clients be registered for `implicit`, which has no token request of its own (RFC 6749 §4.2). */
@Injectable()
@GrantType('implicit')
export class ImplicitGrant implements GrantHandler {
  async handle(): Promise<TokenResponse> {
    throw new OAuthError(
      'unsupported_grant_type',
      'implicit is for the authorization endpoint (RFC 6749 section 4.2)',
    );
  }
}

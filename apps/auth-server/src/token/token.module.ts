import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessTokens } from './access-tokens.service.js';
import { AuthorizationCodes } from './authorization-codes.service.js';
import { GrantTypes } from './grant-types.service.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { IdTokens } from './id-tokens.service.js';
import { TokenController } from './token.controller.js';
import { UserTokens } from './user-tokens.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [TokenController],
  providers: [
    AccessTokens,
    AuthorizationCodes,
    GrantTypes,
    IdTokens,
    UserTokens,
    // The grant types, one line each.
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
  ],
  exports: [AccessTokens, AuthorizationCodes, GrantTypes, IdTokens, UserTokens],
})
export class TokenModule {}

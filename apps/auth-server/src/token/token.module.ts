import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessTokenReader } from './access-token-reader.service.js';
import { AccessTokens } from './access-tokens.service.js';
import { AuthorizationCodes } from './authorization-codes.service.js';
import { GrantTypes } from './grant-types.service.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { IdTokens } from './id-tokens.service.js';
import { OpaqueTokens } from './opaque-tokens.service.js';
import { TokenController } from './token.controller.js';
import { UserGrants } from './user-grants.service.js';
import { UserTokens } from './user-tokens.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [TokenController],
  providers: [
    AccessTokenReader,
    AccessTokens,
    AuthorizationCodes,
    GrantTypes,
    IdTokens,
    OpaqueTokens,
    UserGrants,
    UserTokens,
    // The grant types, one line each.
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
  ],
  exports: [
    AccessTokenReader,
    AccessTokens,
    AuthorizationCodes,
    GrantTypes,
    IdTokens,
    UserGrants,
    UserTokens,
  ],
})
export class TokenModule {}

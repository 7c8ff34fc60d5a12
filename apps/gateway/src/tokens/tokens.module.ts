import { Global, Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens.service.js';
import { AuthServerClient } from './auth-server.client.js';
import { IdentityJwt } from './identity-jwt.policy.js';
import { IdentityKeysController } from './identity-keys.controller.js';
import { IssuerKind } from './issuer.kind.js';
import { Issuers } from './issuers.service.js';
import { Possession } from './possession.service.js';
import { RevocationFeed } from './revocation-feed.service.js';
import { TokenExchange } from './token-exchange.policy.js';
import { TokenExchanges } from './token-exchanges.service.js';

@Global()
@Module({
  controllers: [IdentityKeysController],
  providers: [
    AccessTokens,
    AuthServerClient,
    IdentityJwt,
    IssuerKind,
    Issuers,
    Possession,
    RevocationFeed,
    TokenExchange,
    TokenExchanges,
  ],
  exports: [AccessTokens, AuthServerClient, IssuerKind, Issuers, Possession, RevocationFeed, TokenExchanges],
})
export class TokensModule {}

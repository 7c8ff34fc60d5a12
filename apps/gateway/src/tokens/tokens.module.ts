import { Global, Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens.service.js';
import { AuthServerClient } from './auth-server.client.js';
import { RevocationFeed } from './revocation-feed.service.js';

@Global()
@Module({
  providers: [AccessTokens, AuthServerClient, RevocationFeed],
  exports: [AccessTokens, AuthServerClient, RevocationFeed],
})
export class TokensModule {}

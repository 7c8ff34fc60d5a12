import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Grant } from './grant.entity.js';
import { GrantsService } from './grants.service.js';
import { RefreshTokens } from './refresh-tokens.service.js';
import { SessionGrants } from './session-grants.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Grant])],
  providers: [GrantsService, RefreshTokens, SessionGrants],
  exports: [GrantsService, RefreshTokens],
})
export class GrantsModule {}

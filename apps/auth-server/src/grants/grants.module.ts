import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Grant } from './grant.entity.js';
import { GrantList } from './grant-list.service.js';
import { GrantsService } from './grants.service.js';
import { RefreshTokens } from './refresh-tokens.service.js';
import { SessionGrants } from './session-grants.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Grant])],
  providers: [GrantList, GrantsService, RefreshTokens, SessionGrants],
  exports: [GrantList, GrantsService, RefreshTokens],
})
export class GrantsModule {}

import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Claims } from './claims.service.js';
import { SectorIdentifiers } from './sector-identifiers.service.js';
import { Subjects } from './subjects.service.js';
import { UserClaims } from './user-claims.provider.js';

/** What tokens and UserInfo say about people. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Claims, SectorIdentifiers, Subjects, UserClaims],
  exports: [Claims, SectorIdentifiers, Subjects],
})
export class ClaimsModule {}

import { Global, Module } from '@nestjs/common';
import { RevocationFeedController } from './revocation-feed.controller.js';
import { RevocationFeed } from './revocation-feed.service.js';
import { RevocationController } from './revocation.controller.js';
import { RevocationService } from './revocation.service.js';
import { RevocationsService } from './revocations.service.js';

@Global()
@Module({
  controllers: [RevocationController, RevocationFeedController],
  providers: [RevocationsService, RevocationService, RevocationFeed],
  exports: [RevocationsService],
})
export class RevocationModule {}

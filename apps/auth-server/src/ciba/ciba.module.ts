import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { BackchannelRequests } from './backchannel-requests.service.js';
import { BackchannelController } from './backchannel.controller.js';
import { CibaMetadata } from './ciba-metadata.service.js';
import { CibaPageController } from './ciba-page.controller.js';
import { CibaGrant } from './ciba.grant.js';
import { Notifications } from './notifications.service.js';

/** Signing in on behalf of a client that has no browser of the person (OpenID CIBA Core). */
@Module({
  imports: [DiscoveryModule],
  controllers: [BackchannelController, CibaPageController],
  providers: [BackchannelRequests, CibaGrant, CibaMetadata, Notifications],
})
export class CibaModule {}

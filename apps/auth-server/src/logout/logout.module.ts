import { Module } from '@nestjs/common';
import { BackchannelLogout } from './backchannel-logout.service.js';
import { FrontchannelLogout } from './frontchannel-logout.service.js';
import { LogoutDeliveries } from './logout-deliveries.service.js';
import { LogoutMetadata } from './logout-metadata.js';
import { LogoutRequests } from './logout-request.service.js';
import { LogoutTokens } from './logout-tokens.service.js';
import { LogoutController } from './logout.controller.js';
import { SessionApplications } from './session-applications.service.js';

/** Signing out: by oneself, sent by an application, and telling the others by back channel and front channel. */
@Module({
  controllers: [LogoutController],
  providers: [
    BackchannelLogout,
    FrontchannelLogout,
    LogoutDeliveries,
    LogoutMetadata,
    LogoutRequests,
    LogoutTokens,
    SessionApplications,
  ],
})
export class LogoutModule {}

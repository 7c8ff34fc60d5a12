import { Module } from '@nestjs/common';
import { DeviceAuthorizationController } from './device-authorization.controller.js';
import { DeviceCodeGrant } from './device-code.grant.js';
import { DeviceMetadata } from './device-metadata.service.js';
import { DevicePageController } from './device-page.controller.js';
import { DeviceRequests } from './device-requests.service.js';
import { DeviceVisits } from './device-visits.service.js';

/** Signing in on devices without a keyboard (RFC 8628). */
@Module({
  controllers: [DeviceAuthorizationController, DevicePageController],
  providers: [DeviceCodeGrant, DeviceMetadata, DeviceRequests, DeviceVisits],
})
export class DeviceModule {}

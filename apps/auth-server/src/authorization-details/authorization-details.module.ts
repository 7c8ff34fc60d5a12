import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DetailsReader } from '../authorize/authorization-details.js';
import { AuthorizationDetails } from './authorization-details.service.js';
import { DetailsType } from './details-type.entity.js';
import { DetailsTypesController } from './details-types.controller.js';
import { DetailsTypes } from './details-types.service.js';

/** Rich authorization requests (RFC 9396). */
@Global()
@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([DetailsType])],
  controllers: [DetailsTypesController],
  providers: [
    AuthorizationDetails,
    DetailsTypes,
    { provide: DetailsReader, useExisting: AuthorizationDetails },
  ],
  exports: [DetailsReader],
})
export class AuthorizationDetailsModule {}

import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ProtectedResources } from './protected-resources.service.js';
import { ProtectedResourceController } from './protected-resource.controller.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [ProtectedResourceController],
  providers: [ProtectedResources],
})
export class ProtectedResourceModule {}

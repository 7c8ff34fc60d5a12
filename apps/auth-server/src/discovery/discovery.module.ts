import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CoreMetadata } from './core-metadata.service.js';
import { DiscoveryController } from './discovery.controller.js';
import { MetadataService } from './metadata.service.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [DiscoveryController],
  providers: [CoreMetadata, MetadataService],
})
export class MetadataModule {}

import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Expiry } from './expiry.service.js';

@Module({ imports: [DiscoveryModule], providers: [Expiry], exports: [Expiry] })
export class ExpiryModule {}

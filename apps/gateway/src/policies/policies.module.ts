import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Policies } from './policies.service.js';

@Global()
@Module({ imports: [DiscoveryModule], providers: [Policies], exports: [Policies] })
export class PoliciesModule {}
